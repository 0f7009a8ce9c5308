/** An address that leads nowhere. */
import { MapPinOff } from "lucide-react";
import { Link, useLocation } from "react-router";
import { Empty } from "../ui/Notice";

export function Missing() {
  const { pathname } = useLocation();
  return (
    <Empty icon={MapPinOff} title="There is no such page">
      <p>
        Nothing is at <span className="mono">{pathname}</span>.
      </p>
      <Link to="/traces">Go to the traces</Link>
    </Empty>
  );
}
