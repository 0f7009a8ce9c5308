/** A WebSocket whose server the tests play. */
import type { Frame } from "../live/frames";

export class FakeSocket {
  static all: FakeSocket[] = [];
  static readonly OPEN = 1;
  readyState = 0;
  onopen: () => void = () => undefined;
  onmessage: (message: { data: string }) => void = () => undefined;
  onclose: () => void = () => undefined;
  sent: string[] = [];

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }

  send(text: string) {
    this.sent.push(text);
  }

  close() {
    this.onclose();
  }

  open() {
    this.readyState = FakeSocket.OPEN;
    this.onopen();
  }

  say(frame: Frame) {
    this.onmessage({ data: JSON.stringify(frame) });
  }

  /** The connection that was made last. */
  static last(): FakeSocket {
    const socket = FakeSocket.all.at(-1);
    if (!socket) throw new Error("no connection was made");
    return socket;
  }
}
