/** Keys that work on every page, and the list of all keys behind `?`. */
import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { Dialog } from "../ui/Dialog";
import { PAGES } from "./pages";

const CHORD_MS = 1200;

const KEYS: [keys: string, what: string][] = [
  ["/", "search, or go to a trace id"],
  ...PAGES.map(({ key, name }): [string, string] => [`g ${key}`, `go to ${name}`]),
  ["↑ ↓ j k", "move in a table or a waterfall"],
  ["← →", "close and open a branch of the waterfall"],
  ["Enter", "open what is selected"],
  ["Esc", "close what is open"],
  ["?", "show these keys"],
];

/** Whether keys belong to what has the focus. */
function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, select, textarea") !== null;
}

export function Shortcuts() {
  const [shown, setShown] = useState(false);
  const chord = useRef(0);
  const navigate = useNavigate();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const page = PAGES.find(({ key }) => key === event.key);
      if (event.key === "?") setShown(true);
      else if (event.key === "/") focusSearch(event);
      else if (page && event.timeStamp - chord.current < CHORD_MS) void navigate(page.path);
      chord.current = event.key === "g" ? event.timeStamp : 0;
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [navigate]);
  return shown && <KeyList onClose={() => setShown(false)} />;
}

function focusSearch(event: KeyboardEvent) {
  event.preventDefault();
  document.getElementById("jump")?.focus();
}

function KeyList({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl className="keys">
        {KEYS.map(([keys, what]) => (
          <div key={keys} className="row">
            <dt>
              {keys.split(" ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
