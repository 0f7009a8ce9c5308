/** What stands around every page: navigation, search, the platform's state. */
import { Outlet, useNavigation } from "react-router";
import { clockOf } from "../format/instant";
import { Nav } from "./Nav";
import { Shortcuts } from "./Shortcuts";
import { useStale } from "./useStale";
import "./layout.css";

export function Layout() {
  const busy = useNavigation().state === "loading";
  const stale = useStale();
  return (
    <div className="layout">
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <Nav />
      <main id="main" tabIndex={-1} aria-busy={busy} data-stale={stale && ""}>
        {stale && <Stale since={stale} />}
        <Outlet />
      </main>
      <Shortcuts />
    </div>
  );
}

const SECONDS = 8;

/** Numbers that nobody vouches for any more look as they did: this says so. */
function Stale({ since }: { since: number }) {
  return (
    <p className="banner stale" role="status">
      The API does not answer. What stands here is as of {clockOf(since).slice(0, SECONDS)}.
    </p>
  );
}
