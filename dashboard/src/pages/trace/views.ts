/** The ways to look at a trace; each is a chunk of its own, and a word in the address. */
import {
  Braces,
  CircleAlert,
  Coins,
  ListTree,
  type LucideIcon,
  MessagesSquare,
  ScrollText,
  Waypoints,
} from "lucide-react";

export const VIEWS = [
  "waterfall",
  "graph",
  "timeline",
  "conversation",
  "errors",
  "cost",
  "raw",
] as const;
export type View = (typeof VIEWS)[number];

export const VIEW_NAMES: Record<View, { name: string; icon: LucideIcon }> = {
  waterfall: { name: "Waterfall", icon: ListTree },
  graph: { name: "Agents", icon: Waypoints },
  timeline: { name: "Timeline", icon: ScrollText },
  conversation: { name: "Conversation", icon: MessagesSquare },
  errors: { name: "Errors", icon: CircleAlert },
  cost: { name: "Tokens & cost", icon: Coins },
  raw: { name: "Raw", icon: Braces },
};

/** The view that a word in the address means. */
export const viewOf = (word: string | null): View =>
  VIEWS.find((view) => view === word) ?? "waterfall";
