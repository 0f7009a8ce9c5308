import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeSocket } from "../test/FakeSocket";
import type { Frame } from "./frames";
import { LiveSocket, type LiveState } from "./socket";

function listen(cursor?: string) {
  const frames: Frame[] = [];
  const states: LiveState[] = [];
  const back = vi.fn();
  const socket = new LiveSocket(
    { kinds: ["span"], agent_names: [] },
    { frame: (frame) => frames.push(frame), state: (state) => states.push(state), back },
    cursor,
  );
  return { socket, frames, states, back };
}

const last = () => FakeSocket.last();

describe("the live socket", () => {
  beforeEach(() => {
    FakeSocket.all = [];
    vi.useFakeTimers();
    vi.stubGlobal("WebSocket", FakeSocket);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("asks for what is wanted and for nothing empty", () => {
    const { socket } = listen();
    const { searchParams, pathname } = new URL(last().url);
    expect(pathname).toBe("/ws/debug/dashboard");
    expect([...searchParams]).toEqual([["kinds", "span"]]);
    socket.close();
  });

  it("begins behind what is known, also when nothing came before the connection was lost", () => {
    const { socket } = listen("known");
    expect(new URL(last().url).searchParams.get("cursor")).toBe("known");
    last().open();
    last().close();
    vi.advanceTimersByTime(300);
    expect(new URL(last().url).searchParams.get("cursor")).toBe("known");
    socket.close();
  });

  it("comes back with the cursor of what it saw last", () => {
    const { socket, states, back } = listen();
    last().open();
    last().say({ type: "record", cursor: "here", kind: "span", data: {} });
    last().close();
    expect(states.at(-1)).toBe("waiting");
    vi.advanceTimersByTime(300);
    expect(new URL(last().url).searchParams.get("cursor")).toBe("here");
    last().open();
    expect(back).toHaveBeenCalledOnce();
    socket.close();
  });

  it("begins in the present once the server no longer has what was missed", () => {
    const { socket } = listen();
    last().open();
    last().say({ type: "record", cursor: "old", kind: "span", data: {} });
    last().say({ type: "resync" });
    last().close();
    vi.advanceTimersByTime(300);
    expect(new URL(last().url).searchParams.has("cursor")).toBe(false);
    socket.close();
  });

  it("gives up a connection from which nothing comes any more", () => {
    const { socket } = listen();
    last().open();
    vi.advanceTimersByTime(40_000);
    expect(FakeSocket.all.length).toBeGreaterThan(1);
    expect(FakeSocket.all[0]?.sent).toContain('{"type":"ping"}');
    socket.close();
  });

  it("says when it has been away for long, and still comes back", () => {
    const { socket, states } = listen();
    last().open();
    const before = states.length;
    for (let waited = 0; waited <= 40_000; waited += 5000) {
      last().close();
      vi.advanceTimersByTime(5000);
    }
    const away = states.slice(before);
    expect(away[0]).toBe("waiting");
    expect(away.at(-1)).toBe("gone");
    // A try alone is no news.
    expect(away).not.toContain("connecting");
    last().open();
    expect(states.at(-1)).toBe("open");
    socket.close();
  });

  it("lets pass what is no message of the API", () => {
    const { socket, frames } = listen();
    last().open();
    for (const data of ["<html>", "null", "7"]) last().onmessage({ data });
    expect(frames).toEqual([]);
    socket.close();
  });

  it("does not come back once it is closed", () => {
    const { socket } = listen();
    socket.close();
    vi.advanceTimersByTime(60_000);
    expect(FakeSocket.all.length).toBe(1);
  });
});
