import type { ViewProps } from "../TracePage";
export function ErrorsView(_: ViewProps) {
  return null;
}
