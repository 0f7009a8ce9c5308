/** A colour for an agent that stays the same on every page. */

const HUES = 24;

function hash(text: string): number {
  let value = 2166136261;
  for (let at = 0; at < text.length; at++) {
    value = Math.imul(value ^ text.charCodeAt(at), 16777619);
  }
  return value >>> 0;
}

/** A hue of its own for a name, with lightness left to the scheme. */
export function agentColor(name: string): string {
  const hue = ((hash(name) % HUES) * 360) / HUES;
  return `oklch(from var(--agent) l 0.14 ${hue.toFixed(0)})`;
}
