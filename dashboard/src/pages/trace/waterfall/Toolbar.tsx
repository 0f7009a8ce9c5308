/** What can be done with a waterfall. */
import {
  ChevronDown,
  ChevronUp,
  ChevronsDownUp,
  ChevronsUpDown,
  CircleAlert,
  Maximize2,
  Route,
  Search,
  ZoomIn,
  ZoomOut,
} from "lucide-react";
import { plural } from "../../../format/amount";
import { Button, IconButton } from "../../../ui/Button";

interface ToolbarProps {
  words: string;
  onWords: (words: string) => void;
  found: number | undefined;
  onNext: (step: 1 | -1) => void;
  failures: number;
  onFailure: () => void;
  critical: boolean;
  onCritical: ((shown: boolean) => void) | undefined;
  onOpenAll: () => void;
  onCloseAll: () => void;
  zoomed: boolean;
  /** Without a factor everything is shown. */
  onZoom: (factor?: number) => void;
}

export function Toolbar(props: ToolbarProps) {
  const { failures, critical, onCritical, zoomed, onZoom } = props;
  return (
    <div className="wf-tools" role="toolbar" aria-label="Waterfall">
      <Find {...props} />
      {failures > 0 && (
        <Button onClick={props.onFailure}>
          <CircleAlert size={14} className="wf-failed" /> {plural(failures, "failed span")}
        </Button>
      )}
      {onCritical && (
        <Button aria-pressed={critical} onClick={() => onCritical(!critical)}>
          <Route size={14} /> Critical path
        </Button>
      )}
      <span className="grow" />
      <IconButton
        label="Expand all"
        icon={<ChevronsUpDown size={15} />}
        onClick={props.onOpenAll}
      />
      <IconButton
        label="Collapse all"
        icon={<ChevronsDownUp size={15} />}
        onClick={props.onCloseAll}
      />
      <IconButton label="Zoom in (+)" icon={<ZoomIn size={15} />} onClick={() => onZoom(0.5)} />
      <IconButton
        label="Zoom out (-)"
        icon={<ZoomOut size={15} />}
        disabled={!zoomed}
        onClick={() => onZoom(2)}
      />
      <IconButton
        label="Show everything"
        icon={<Maximize2 size={15} />}
        disabled={!zoomed}
        onClick={() => onZoom()}
      />
    </div>
  );
}

function Find({ words, onWords, found, onNext }: ToolbarProps) {
  return (
    <>
      <label className="jump wf-find">
        <Search size={14} aria-hidden />
        <input
          className="input"
          type="search"
          value={words}
          placeholder="Find a span or agent"
          aria-label="Find a span by name or agent"
          onChange={(event) => onWords(event.target.value)}
          onKeyDown={(event) => event.key === "Enter" && onNext(event.shiftKey ? -1 : 1)}
        />
      </label>
      {found !== undefined && (
        <>
          <span className="quiet" role="status">
            {found} found
          </span>
          <IconButton
            label="Next"
            icon={<ChevronDown size={15} />}
            disabled={found === 0}
            onClick={() => onNext(1)}
          />
          <IconButton
            label="Previous"
            icon={<ChevronUp size={15} />}
            disabled={found === 0}
            onClick={() => onNext(-1)}
          />
        </>
      )}
    </>
  );
}
