/** What stands around every page: navigation, search, the platform's state. */
import { Outlet, useNavigation } from "react-router";
import { Nav } from "./Nav";
import { Shortcuts } from "./Shortcuts";
import "./layout.css";

export function Layout() {
  const busy = useNavigation().state === "loading";
  return (
    <div className="layout">
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <Nav />
      <main id="main" tabIndex={-1} aria-busy={busy}>
        <Outlet />
      </main>
      <Shortcuts />
    </div>
  );
}
