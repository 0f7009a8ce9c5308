/** One number with its name. A list of them is a `<dl class="tiles">`. */
import type { ReactNode } from "react";

interface TileProps {
  name: string;
  children: ReactNode;
  note?: ReactNode;
}

export function Tile({ name, children, note }: TileProps) {
  return (
    <div className="tile">
      <dt>{name}</dt>
      <dd>
        {children} {note !== undefined && <small>{note}</small>}
      </dd>
    </div>
  );
}
