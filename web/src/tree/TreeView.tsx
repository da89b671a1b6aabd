// The process tree as a drawing: left to right, folded around the path that
// matters. It is one stop of the Tab key; arrows walk, Space folds, Enter opens.

import { useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import type { Level, Tree as Answer, TreeNode } from "../api/types";
import { Icon } from "../parts/Icon";
import { severityPath, word } from "../parts/Severity";
import { step, Tree, type Opened, type Placed } from "./layout";

const column = 214;
const row = 36;
const width = 178;
const height = 28;
const pad = 10;

interface Props {
  tree: Answer;
  focus: string;
  alertEntity?: string | undefined;
  chosen?: string | undefined;
  onChoose?: ((entity: string | undefined) => void) | undefined;
  most?: number | undefined; // pixels: as high as the tree, and at most this; absent: as high as the place
}

export function TreeView({ tree, focus, alertEntity, chosen, onChoose, most }: Props) {
  const nodes = useMemo(() => new Map(tree.nodes.map((n) => [n.entity_id, n])), [tree]);
  const model = useMemo(
    () => new Tree(tree.nodes.map((n) => ({
      id: n.entity_id, ...(n.parent ? { parent: n.parent } : {}), start: n.start ? Date.parse(n.start) : 0, matters: n.alerts > 0 || n.entity_id === alertEntity, focus: n.entity_id === focus,
    }))),
    [tree, focus, alertEntity],
  );
  const [opened, setOpened] = useState<Opened>(() => model.standard());
  const [at, setAt] = useState(chosen ?? focus);
  useEffect(() => setOpened(model.standard()), [model]);
  useEffect(() => { if (chosen) setAt(chosen); }, [chosen]);
  const layout = useMemo(() => model.layout(opened), [model, opened]);
  const places = useMemo(() => new Map(layout.placed.map((p) => [p.id, p])), [layout]);
  const scroller = useRef<HTMLDivElement>(null);
  const base = useId();
  const view = useView(scroller);

  const show = useCallback((id: string) => {
    const p = places.get(id);
    const el = scroller.current;
    if (!p || !el) return;
    const x = pad + p.depth * column;
    const y = pad + p.row * row;
    const left = x < el.scrollLeft + 20 ? x - 40 : x + width > el.scrollLeft + el.clientWidth - 20 ? x + width - el.clientWidth + Math.min(column, el.clientWidth / 4) : el.scrollLeft;
    const top = y < el.scrollTop ? y - pad : y + height > el.scrollTop + el.clientHeight ? y + height - el.clientHeight + pad : el.scrollTop;
    el.scrollTo({ left, top });
  }, [places]);
  // At first the focus is in view; later what the keys go to.
  const first = useRef(true);
  useLayoutEffect(() => {
    if (!first.current) return;
    first.current = false;
    show(chosen ?? focus);
  }, [show, chosen, focus]);

  const toggle = useCallback((p: Placed) => {
    setOpened((o) => {
      if (p.more && p.parent) return { nodes: o.nodes, all: new Set([...o.all, p.parent]) };
      const open = new Set(o.nodes);
      if (!open.delete(p.id)) open.add(p.id);
      const all = new Set(o.all);
      if (!open.has(p.id)) all.delete(p.id);
      return { nodes: open, all };
    });
  }, []);
  const choose = (p: Placed) => {
    setAt(p.id);
    if (p.more) toggle(p);
    else onChoose?.(p.id);
  };
  const onKeyDown = (e: KeyboardEvent) => {
    const p = places.get(at);
    if (/^(Arrow|Home|End)/.test(e.key)) {
      e.preventDefault();
      e.stopPropagation();
      if (p && e.key === "ArrowRight" && !p.open && p.children > 0) return toggle(p);
      if (p && e.key === "ArrowLeft" && p.open && e.shiftKey) return toggle(p);
      const next = step(layout, at, e.key as "ArrowUp");
      setAt(next);
      show(next);
    } else if (e.key === " " && p && (p.children > 0 || p.more)) {
      e.preventDefault();
      toggle(p);
    } else if (e.key === "Enter" && p) {
      e.preventDefault();
      e.stopPropagation();
      choose(p);
    }
  };
  const w = 2 * pad + Math.max(0, layout.depth - 1) * column + width + 24;
  const h = 2 * pad + Math.max(1, layout.rows) * row;
  const shownCount = layout.placed.reduce((n, p) => n + (p.more ? 0 : 1), 0);
  const visible = layout.placed.filter((p) => inView(p, view));
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div
        ref={(el) => {
          scroller.current = el;
          if (el && most !== undefined) el.style.height = `${Math.min(most, h + 12)}px`;
        }}
        role="tree" aria-label="Process tree" tabIndex={0} aria-activedescendant={`${base}-${at}`} onKeyDown={onKeyDown}
        className="min-h-0 flex-auto overflow-auto bg-canvas focus-visible:outline-offset-[-2px]"
      >
        <svg width={w} height={h} className="block" data-nodes={layout.placed.length}>
          <g fill="none" strokeWidth="1.25">
            {layout.placed.map((p) => {
              const parent = p.parent === undefined ? undefined : places.get(p.parent);
              if (!parent || !edgeInView(parent, p, view)) return null;
              const matters = model.path.has(p.id) && model.path.has(parent.id);
              return <path key={p.id} d={edge(parent, p)} stroke={matters ? "var(--color-soft)" : "var(--color-line-strong)"} strokeOpacity={matters ? 1 : 0.6} />;
            })}
          </g>
          {visible.map((p) => (
            <Node
              key={p.id} id={`${base}-${p.id}`} p={p} node={nodes.get(p.id)} here={p.id === at} chosen={p.id === chosen} alerted={p.id === alertEntity} onPath={model.path.has(p.id)}
              onClick={() => choose(p)} onFold={() => { setAt(p.id); toggle(p); }}
            />
          ))}
        </svg>
      </div>
      <div className="flex h-8 shrink-0 items-center gap-1 border-t border-line bg-panel pr-1 pl-3">
        <span className="min-w-0 flex-1 truncate text-sm text-soft">{shownCount === tree.nodes.length ? `All ${tree.nodes.length} processes` : `${shownCount} of ${tree.nodes.length} processes shown`}</span>
        <button type="button" className="control quiet h-6!" title="Fold around the path that matters" onClick={() => { setOpened(model.standard()); requestAnimationFrame(() => show(focus)); }}><Icon name="minus" size={13} />Fold</button>
        <button type="button" className="control quiet h-6!" title="Show all processes" onClick={() => setOpened(model.everything())}><Icon name="plus" size={13} />All {tree.nodes.length}</button>
      </div>
    </div>
  );
}

interface View {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** useView follows what part of the drawing is seen, with a margin. */
function useView(ref: React.RefObject<HTMLDivElement | null>): View {
  const [view, setView] = useState<View>({ left: 0, top: 0, right: 3000, bottom: 3000 });
  useEffect(() => {
    const el = ref.current;
    if (!el) return;
    let frame = 0;
    const read = () => {
      frame = 0;
      setView({ left: el.scrollLeft - 400, top: el.scrollTop - 300, right: el.scrollLeft + el.clientWidth + 400, bottom: el.scrollTop + el.clientHeight + 300 });
    };
    const soon = () => { frame ||= requestAnimationFrame(read); };
    read();
    el.addEventListener("scroll", soon, { passive: true });
    const size = new ResizeObserver(soon);
    size.observe(el);
    return () => {
      cancelAnimationFrame(frame);
      el.removeEventListener("scroll", soon);
      size.disconnect();
    };
  }, [ref]);
  return view;
}

const xOf = (p: Placed) => pad + p.depth * column;
const yOf = (p: Placed) => pad + p.row * row;

function inView(p: Placed, v: View): boolean {
  return xOf(p) < v.right && xOf(p) + width > v.left && yOf(p) < v.bottom && yOf(p) + height > v.top;
}

function edgeInView(a: Placed, b: Placed, v: View): boolean {
  return yOf(a) < v.bottom && yOf(b) + height > v.top && xOf(a) < v.right && xOf(b) > v.left;
}

function edge(a: Placed, b: Placed): string {
  const x0 = xOf(a) + width;
  const y0 = yOf(a) + height / 2;
  const x1 = xOf(b);
  const y1 = yOf(b) + height / 2;
  if (y0 === y1) return `M${x0} ${y0}H${x1}`;
  const mid = x1 - 16;
  return `M${x0} ${y0}H${mid}V${y1 - 4}q0 4 4 4H${x1}`;
}

interface NodeProps {
  id: string;
  p: Placed;
  node: TreeNode | undefined;
  here: boolean;
  chosen: boolean;
  alerted: boolean;
  onPath: boolean;
  onClick(): void;
  onFold(): void;
}

function Node({ id, p, node, here, chosen, alerted, onPath, onClick, onFold }: NodeProps) {
  const x = xOf(p);
  const y = yOf(p);
  if (p.more || !node) {
    return (
      <g id={id} role="treeitem" aria-level={p.depth + 1} aria-selected={here} aria-label={`${p.folded} more processes`} onClick={onClick} className="cursor-pointer" data-more>
        <rect x={x} y={y} width={width} height={height} rx="4" fill="var(--color-canvas)" stroke={here ? "var(--color-accent)" : "var(--color-line-strong)"} strokeDasharray="3 3" strokeWidth={here ? 2 : 1} />
        <text x={x + 12} y={y + 18.5} fontSize="12" fill="var(--color-soft)">{p.folded} more {p.folded === 1 ? "process" : "processes"}</text>
      </g>
    );
  }
  const level = node.level as Level | undefined;
  const ink = level ? `var(--color-${level})` : undefined;
  const shape = level ? severityPath(level) : undefined;
  const name = node.name || node.executable?.split("/").pop() || "?";
  const badges = [node.files > 0 ? `${node.files} files` : "", node.networks > 0 ? `${node.networks} connections` : "", node.alerts > 0 ? `${node.alerts} alerts, ${level ? word(level) : ""}` : ""].filter(Boolean);
  const fits = 20 - (node.files > 0 ? 4 : 0) - (node.networks > 0 ? 4 : 0) - (shape ? 2 : 0) - (p.children > 0 ? 1 : 0);
  const shown = name.length > fits ? `${name.slice(0, fits - 1)}…` : name;
  const pid = node.pid && shown.length + String(node.pid).length < fits ? String(node.pid) : "";
  let right = x + width - 8;
  const slot = (w: number) => (right -= w);
  return (
    <g
      id={id} role="treeitem" aria-level={p.depth + 1} aria-selected={here} {...(p.children > 0 ? { "aria-expanded": p.open } : {})}
      aria-label={[name, node.pid ? `pid ${node.pid}` : "", ...badges, node.end ? "ended" : ""].filter(Boolean).join(", ")} onClick={onClick} className="cursor-pointer" data-node={node.entity_id}
    >
      <title>{`${node.command_line || node.executable || name}\n${node.user ? `user ${node.user}, ` : ""}pid ${node.pid ?? "?"}${node.end ? ", ended" : ""}${node.seen ? "" : "\nknown only from the ancestry of another process"}`}</title>
      <rect
        x={x} y={y} width={width} height={height} rx="4" fill={chosen || alerted ? "var(--color-chosen)" : "var(--color-panel)"} strokeDasharray={node.seen ? undefined : "4 2"}
        stroke={here ? "var(--color-accent)" : (ink ?? (onPath ? "var(--color-soft)" : "var(--color-line-strong)"))} strokeWidth={here || alerted ? 2 : 1}
      />
      {ink && <rect x={x} y={y} width="4" height={height} rx="2" fill={ink} />}
      <text x={x + 12} y={y + 18.5} fontSize="12" fontFamily="var(--font-mono)" fill={node.end && !onPath ? "var(--color-soft)" : "var(--color-ink)"} fontWeight={alerted ? 700 : 400}>
        {shown}{pid && <tspan fill="var(--color-faint)"> {pid}</tspan>}
      </text>
      {shape && (
        <g transform={`translate(${slot(14)} ${y + 8}) scale(.75)`} aria-hidden="true">
          <path d={shape.d} fill={shape.fill ? ink : "none"} stroke={ink} strokeWidth={shape.fill ? 0 : 1.5} />
        </g>
      )}
      {node.networks > 0 && <Badge x={slot(28)} y={y} icon="network" n={node.networks} />}
      {node.files > 0 && <Badge x={slot(28)} y={y} icon="file" n={node.files} />}
      {p.children > 0 && (
        <g onClick={(e) => { e.stopPropagation(); onFold(); }} aria-hidden="true" data-fold>
          <circle cx={x + width} cy={y + height / 2} r="7.5" fill="var(--color-raised)" stroke="var(--color-line-strong)" />
          <text x={x + width} y={y + height / 2 + 3.5} fontSize={p.open || p.folded < 100 ? 9.5 : 8} textAnchor="middle" fill="var(--color-ink)">{p.open ? "–" : p.folded < 1000 ? p.folded : "…"}</text>
        </g>
      )}
    </g>
  );
}

function Badge({ x, y, icon, n }: { x: number; y: number; icon: "file" | "network"; n: number }) {
  return (
    <g transform={`translate(${x} ${y})`} fill="none" stroke="var(--color-soft)" aria-hidden="true">
      <g transform="translate(0 8) scale(.75)" strokeWidth="1.4">
        {icon === "file" ? <path d="M4 1.8h5.2L12.5 5v9.2H4zM9 2v3.2h3.3" /> : <path d="M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM2 8h12M8 2c2 2 2.6 4 2.6 6S10 12 8 14c-2-2-2.6-4-2.6-6S6 4 8 2z" />}
      </g>
      <text x="13" y="18" fontSize="10" stroke="none" fill="var(--color-soft)">{n > 99 ? "99+" : n}</text>
    </g>
  );
}
