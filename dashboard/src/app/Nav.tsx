/** The navigation: at the side on a laptop, at the foot on a phone. */
import { NavLink } from "react-router";
import { Health } from "./Health";
import { JumpBox } from "./JumpBox";
import { PAGES } from "./pages";
import { ThemeSwitch } from "./ThemeSwitch";

export function Nav() {
  return (
    <header className="nav">
      <div className="brand">
        <Mark />
        <span>Telemetron</span>
      </div>
      <JumpBox />
      <nav aria-label="Pages">
        {PAGES.map(({ path, name, icon: Icon }) => (
          <NavLink key={path} to={path} className="nav-link">
            <Icon size={17} strokeWidth={1.8} aria-hidden />
            <span>{name}</span>
          </NavLink>
        ))}
      </nav>
      <div className="nav-foot">
        <Health />
        <div className="row">
          <a className="nav-small" href="/docs" target="_blank" rel="noreferrer">
            API documentation
          </a>
          <span className="grow" />
          <ThemeSwitch />
        </div>
      </div>
    </header>
  );
}

function Mark() {
  return (
    <svg width="24" height="24" viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="8" fill="var(--accent)" />
      <path
        d="M7 11h13M11 16h14M7 21h9"
        stroke="white"
        strokeWidth="3.2"
        strokeLinecap="round"
        fill="none"
      />
    </svg>
  );
}
