import type { ViewProps } from "../TracePage";
export function ConversationView(_: ViewProps) {
  return null;
}
