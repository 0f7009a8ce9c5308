/** One box to go anywhere: a trace id opens the trace, other words search. */
import { Search } from "lucide-react";
import type { SubmitEvent } from "react";
import { useNavigate } from "react-router";

const TRACE_ID = /^[0-9a-f]{32}$/;

/** The trace id that a text is, whatever its form; none when it is something else. */
export function traceIdIn(text: string): string | undefined {
  const plain = text.trim().toLowerCase().replaceAll("-", "");
  return TRACE_ID.test(plain) ? plain : undefined;
}

export function JumpBox() {
  const navigate = useNavigate();
  const jump = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const text = new FormData(form).get("jump");
    if (typeof text !== "string" || text.trim() === "") return;
    const id = traceIdIn(text);
    void navigate(id ? `/traces/${id}` : `/traces?${new URLSearchParams({ q: text.trim() })}`);
    form.reset();
  };
  return (
    <form className="jump" role="search" onSubmit={jump}>
      <Search size={14} aria-hidden />
      <input
        id="jump"
        name="jump"
        className="input"
        placeholder="Trace id or words"
        aria-label="Go to a trace id, or search traces"
        autoComplete="off"
        spellCheck={false}
      />
      <kbd aria-hidden>/</kbd>
    </form>
  );
}
