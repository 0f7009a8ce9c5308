/** Light, dark, or as the system is. */
import { Monitor, Moon, Sun } from "lucide-react";
import { IconButton } from "../ui/Button";
import { type Theme, chooseTheme, useTheme } from "./theme";

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const ICON = { system: Monitor, light: Sun, dark: Moon };
const NAME = { system: "as the system", light: "light", dark: "dark" };

export function ThemeSwitch() {
  const theme = useTheme();
  const Icon = ICON[theme];
  return (
    <IconButton
      label={`Colours: ${NAME[theme]}; change to ${NAME[NEXT[theme]]}`}
      icon={<Icon size={16} />}
      onClick={() => chooseTheme(NEXT[theme])}
    />
  );
}
