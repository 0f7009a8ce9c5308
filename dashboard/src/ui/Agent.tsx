/** An agent's name with its own colour. */
import { agentColor } from "./agentColor";

export function Agent({ name }: { name: string }) {
  return (
    <span className="row clip" style={{ gap: 6, display: "inline-flex" }}>
      <span className="dot" style={{ color: agentColor(name) }} aria-hidden />
      <span className="clip">{name}</span>
    </span>
  );
}
