/** Puts a text on the clipboard and says so. */
import { Check, Copy as CopyIcon } from "lucide-react";
import { useEffect, useState } from "react";
import { IconButton } from "./Button";

const SAID_MS = 1500;

export function Copy({ text, what }: { text: string | (() => string); what: string }) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), SAID_MS);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = async () => {
    await navigator.clipboard.writeText(typeof text === "string" ? text : text());
    setDone(true);
  };
  const icon = done ? <Check size={14} /> : <CopyIcon size={14} />;
  return (
    <IconButton label={done ? "Copied" : `Copy ${what}`} icon={icon} onClick={() => void copy()} />
  );
}
