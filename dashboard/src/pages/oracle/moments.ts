/** The moments that the slider goes through: each snapshot that is kept, and then the present. */
import type { HistoryEntry } from "../../api/types";
import { millisOf } from "../../format/instant";

/** Snapshots in order of time. */
export const inOrder = (latestFirst: HistoryEntry[]): HistoryEntry[] => latestFirst.toReversed();

/** The place of the snapshot that held at an instant; behind the last one is the present. */
export function placeOf(snapshots: HistoryEntry[], at: string | undefined): number {
  if (at === undefined) return snapshots.length;
  const millis = millisOf(at);
  const place = snapshots.findLastIndex(({ taken_at: taken }) => millisOf(taken) <= millis);
  return Math.max(0, place);
}

/** The instant of a place; none for the present. */
export const instantOf = (snapshots: HistoryEntry[], place: number): string | undefined =>
  snapshots[place]?.taken_at;

/** What the address says: an instant, or the present when it says nothing that is one. */
export function atOf(text: string | null): string | undefined {
  return text !== null && !Number.isNaN(Date.parse(text)) ? text : undefined;
}

/** What a field for day and time holds, in the local zone. */
export function fieldOf(at: string | undefined): string {
  if (at === undefined) return "";
  const date = new Date(millisOf(at));
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}

/** The instant that such a field means. */
export function fromField(text: string): string | undefined {
  const millis = Date.parse(text);
  return Number.isNaN(millis) ? undefined : new Date(millis).toISOString();
}
