/** Buttons; one that shows only an icon carries its name for everybody. */
import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Tip } from "./Tip";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: "normal" | "plain" | "main";
}

export function Button({ kind, type = "button", ...rest }: ButtonProps) {
  return <button {...rest} type={type} className="button" data-kind={kind} />;
}

interface IconButtonProps extends Omit<ButtonProps, "children"> {
  label: string;
  icon: ReactNode;
}

export function IconButton({ label, icon, kind = "plain", ...rest }: IconButtonProps) {
  return (
    <Tip text={label}>
      <button
        {...rest}
        type="button"
        className="button"
        data-kind={kind}
        data-icon=""
        aria-label={label}
      >
        {icon}
      </button>
    </Tip>
  );
}
