/** The pages that the navigation leads to, each with its key after `g`. */
import {
  Activity,
  ChartLine,
  GitCompareArrows,
  Inbox,
  ListTree,
  type LucideIcon,
  MessagesSquare,
  Telescope,
} from "lucide-react";

export interface Page {
  path: string;
  name: string;
  icon: LucideIcon;
  key: string;
}

export const PAGES: Page[] = [
  { path: "/live", name: "Live", icon: Activity, key: "l" },
  { path: "/traces", name: "Traces", icon: ListTree, key: "t" },
  { path: "/compare", name: "Compare", icon: GitCompareArrows, key: "c" },
  { path: "/sessions", name: "Sessions", icon: MessagesSquare, key: "s" },
  { path: "/oracle", name: "Oracle", icon: Telescope, key: "o" },
  { path: "/charts", name: "Metrics", icon: ChartLine, key: "m" },
  { path: "/ingest", name: "Ingest", icon: Inbox, key: "i" },
];
