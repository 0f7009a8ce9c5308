/** How much of a limit is taken; without a limit there is only the number. */
import { compactOf } from "../format/amount";

interface GaugeProps {
  name: string;
  value: number;
  /** The limit; 0 when none is known. */
  most: number;
}

/** From this share on it is worth a look, and from the next on it is full. */
const NEAR = 0.8;
const FULL = 0.95;

export function Gauge({ name, value, most }: GaugeProps) {
  if (most <= 0) {
    return (
      <div className="gauge">
        <span>
          {compactOf(value)} <span className="quiet">no limit known</span>
        </span>
      </div>
    );
  }
  const share = value / most;
  const percent = `${Math.round(share * 100)} %`;
  return (
    <div className="gauge">
      <span>
        {compactOf(value)} <span className="quiet">of</span> {compactOf(most)}{" "}
        <span className="quiet">{percent}</span>
      </span>
      <div
        className="meter"
        role="meter"
        aria-label={name}
        aria-valuemin={0}
        aria-valuemax={most}
        aria-valuenow={Math.min(value, most)}
        aria-valuetext={`${percent} of ${compactOf(most)}`}
        data-tone={share >= FULL ? "bad" : share >= NEAR ? "warn" : undefined}
      >
        <span style={{ width: `${Math.min(share, 1) * 100}%` }} />
      </div>
    </div>
  );
}
