import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Tooltip } from "radix-ui";
import { describe, expect, it } from "vitest";
import { JsonTree } from "./JsonTree";
import { Markdown } from "./Markdown";
import { Payload, formsOf } from "./Payload";
import { messagesIn, wordsOf } from "./recognise";

describe("what a payload is", () => {
  it("is a chat in each of the usual forms", () => {
    const text = (payload: unknown) => messagesIn(payload)?.map(wordsOf);
    expect(text([{ role: "user", content: "hello" }])).toEqual(["hello"]);
    expect(text({ messages: [{ role: "user", content: "hello" }] })).toEqual(["hello"]);
    expect(text({ choices: [{ message: { role: "assistant", content: "hi" } }] })).toEqual(["hi"]);
    expect(text([{ role: "user", content: [{ type: "text", text: "part" }] }])).toEqual(["part"]);
    expect(messagesIn({ query: "no chat" })).toBeUndefined();
    expect(messagesIn([])).toBeUndefined();
  });

  it("finds the calls of tools, wherever they stand", () => {
    const openai = {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "1", function: { name: "f", arguments: "{}" } }],
    };
    const anthropic = {
      role: "assistant",
      content: [{ type: "tool_use", id: "2", name: "g", input: { a: 1 } }],
    };
    const names = messagesIn([openai, anthropic])?.flatMap(({ parts }) =>
      parts.flatMap((part) => (part.kind === "call" ? [part.name] : [])),
    );
    expect(names).toEqual(["f", "g"]);
  });

  it("has the form first that reads best", () => {
    expect(formsOf("plain words")[0]).toBe("read");
    expect(formsOf('{"a":1}')[0]).toBe("json");
    expect(formsOf([{ role: "user", content: "x" }])[0]).toBe("chat");
    expect(formsOf(7)).toEqual(["text"]);
  });
});

describe("a payload on the page", () => {
  it("changes its form on request", async () => {
    render(
      <Tooltip.Provider>
        <Payload title="Input" value={[{ role: "user", content: "hello" }]} />
      </Tooltip.Provider>,
    );
    expect(screen.getByText("hello")).toBeTruthy();
    await userEvent.click(screen.getByRole("radio", { name: "Text" }));
    expect(screen.getByText(/"content": "hello"/)).toBeTruthy();
  });

  it("opens and closes JSON, and shows long lists in parts", async () => {
    render(<JsonTree value={{ list: Array.from({ length: 150 }, (_, n) => `item ${n}`) }} />);
    const list = screen.getByRole("button", { name: /list/ });
    expect(list.getAttribute("aria-expanded")).toBe("false");
    await userEvent.click(list);
    expect(screen.getByText("item 99")).toBeTruthy();
    expect(screen.queryByText("item 120")).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: /Show more/ }));
    expect(screen.getByText("item 120")).toBeTruthy();
  });

  it("fetches nothing from elsewhere: images of Markdown are links", () => {
    render(<Markdown text="![spy](https://elsewhere.example/pixel.png)" />);
    expect(document.querySelector("img")).toBeNull();
    expect(screen.getByRole("link", { name: /spy/ })).toBeTruthy();
  });

  it("shows HTML of a payload as text", () => {
    render(<Markdown text="**x** <script>alert(1)</script>" />);
    expect(document.querySelector("script")).toBeNull();
  });
});
