/** One end of a conversation: the words that count, the rest of the payload one click away. */
import { useState } from "react";
import { plural } from "../../../format/amount";
import { MessageBody } from "../../../payload/Chat";
import type { End } from "./ends";
import { Said } from "./Said";

export function EndWords({ end: { message, others }, value }: { end: End; value: unknown }) {
  const [whole, setWhole] = useState(false);
  return (
    <>
      {message && !whole ? <MessageBody message={message} /> : <Said value={value} />}
      {message && others > 0 && (
        <button className="more" onClick={() => setWhole(!whole)}>
          {whole ? "only the last" : `and ${plural(others, "message")} more`}
        </button>
      )}
    </>
  );
}
