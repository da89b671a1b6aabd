// Layout of a process tree from left to right: depth gives the column, order
// gives the row. What matters (the path to the node in focus and to nodes
// with alerts) comes first, so that it runs along the top; the other children
// of a busy parent are folded into one row until asked for.

export interface TreeInput {
  id: string;
  parent?: string;
  start: number; // orders siblings
  matters: boolean; // has an alert
  focus?: boolean; // what the person looks at; its path comes first
}

export interface Placed {
  id: string; // of the process, or "more:" and the parent's id
  depth: number;
  row: number;
  parent?: string;
  children: number; // direct children, shown or not
  open: boolean;
  folded: number; // processes behind this node that are not shown
  more: boolean; // a row that stands for folded siblings
}

interface Step {
  id: string;
  depth: number;
  parent?: string;
  more?: number; // processes that this row stands for
  row?: number; // of the parent, for its first child
}

export interface Layout {
  placed: Placed[]; // in reading order
  rows: number;
  depth: number; // columns
}

export interface Opened {
  nodes: ReadonlySet<string>; // whose children are shown
  all: ReadonlySet<string>; // whose children are all shown, also those that do not matter
}

/** shownAtOnce is how many children beside the path are shown without asking. */
export const shownAtOnce = 4;

export class Tree {
  readonly byId = new Map<string, TreeInput>();
  readonly children = new Map<string, string[]>();
  readonly roots: string[] = [];
  readonly path = new Set<string>(); // what matters and its ancestors
  private readonly focused = new Set<string>(); // the focus and its ancestors
  private readonly sizes = new Map<string, number>();

  constructor(nodes: readonly TreeInput[]) {
    for (const n of nodes) this.byId.set(n.id, n);
    for (const n of this.byId.values()) {
      if (n.parent !== undefined && n.parent !== n.id && this.byId.has(n.parent)) {
        const c = this.children.get(n.parent);
        if (c) c.push(n.id);
        else this.children.set(n.parent, [n.id]);
      } else this.roots.push(n.id);
    }
    this.breakCycles();
    for (const n of this.byId.values()) if (n.focus) this.mark(this.focused, n.id);
    for (const n of this.byId.values()) if (n.matters || n.focus) this.mark(this.path, n.id);
    const order = (a: string, b: string) => this.compare(a, b);
    for (const c of this.children.values()) c.sort(order);
    this.roots.sort(order);
  }

  /** standard opens the path that matters. */
  standard(): Opened {
    const nodes = new Set([...this.path].filter((id) => this.children.has(id)));
    if (nodes.size === 0) for (const r of this.roots) nodes.add(r);
    return { nodes, all: new Set() };
  }

  /** everything opens all. */
  everything(): Opened {
    const nodes = new Set(this.children.keys());
    return { nodes, all: nodes };
  }

  /** size counts a node and all below it. */
  size(id: string): number {
    if (this.sizes.size === 0) this.measure();
    return this.sizes.get(id) ?? 1;
  }

  private measure(): void {
    const order: string[] = [];
    const stack = [...this.roots];
    while (stack.length > 0) {
      const id = stack.pop()!;
      order.push(id);
      for (const k of this.children.get(id) ?? []) stack.push(k);
    }
    for (const id of order.reverse()) this.sizes.set(id, (this.children.get(id) ?? []).reduce((n, k) => n + this.sizes.get(k)!, 1));
  }

  /**
   * layout places what is open. Each column is filled from the top; an open
   * node stays below the children of the nodes above it, so that the lines to
   * the children of different parents never run over each other.
   */
  layout(opened: Opened): Layout {
    const placed: Placed[] = [];
    const free: number[] = []; // first free row of each column
    const rowOf = new Map<string, number>();
    const stack: Step[] = [...this.roots].reverse().map((id) => ({ id, depth: 0 }));
    while (stack.length > 0) {
      const s = stack.pop()!;
      const kids = s.more === undefined ? (this.children.get(s.id) ?? []) : [];
      const open = kids.length > 0 && opened.nodes.has(s.id);
      // A chain of first children shares one row: it has to be free for all of them.
      let row = s.row ?? Math.max(free[s.depth] ?? 0, s.parent === undefined ? 0 : rowOf.get(s.parent)!);
      let head = open && s.row === undefined ? kids[0] : undefined;
      for (let d = s.depth + 1; head !== undefined; d++) {
        row = Math.max(row, free[d] ?? 0);
        head = opened.nodes.has(head) ? this.children.get(head)?.[0] : undefined;
      }
      free[s.depth] = row + 1;
      rowOf.set(s.id, row);
      placed.push({
        id: s.id, depth: s.depth, row, parent: s.parent, children: kids.length, open,
        folded: s.more ?? (open ? 0 : this.size(s.id) - 1), more: s.more !== undefined,
      });
      if (open) {
        const below = this.steps(s.id, s.depth + 1, kids, opened);
        below[0]!.row = row;
        for (let i = below.length - 1; i >= 0; i--) stack.push(below[i]!);
      }
    }
    return { placed, rows: Math.max(0, ...free), depth: free.length };
  }

  private steps(id: string, depth: number, kids: string[], opened: Opened) {
    const steps: Step[] = [];
    let beside = 0;
    let folded = 0;
    for (const k of kids) {
      if (this.path.has(k) || opened.all.has(id) || kids.length <= shownAtOnce + 1 || beside < shownAtOnce) {
        if (!this.path.has(k)) beside++;
        steps.push({ id: k, depth, parent: id });
      } else folded += this.size(k);
    }
    if (folded > 0) steps.push({ id: `more:${id}`, depth, parent: id, more: folded });
    return steps;
  }

  private compare(a: string, b: string): number {
    const rank = (id: string) => (this.focused.has(id) ? 0 : this.path.has(id) ? 1 : 2);
    return rank(a) - rank(b) || this.byId.get(a)!.start - this.byId.get(b)!.start || (a < b ? -1 : 1);
  }

  private mark(set: Set<string>, id: string): void {
    for (let at: string | undefined = id; at !== undefined && this.byId.has(at) && !set.has(at); at = this.byId.get(at)!.parent) set.add(at);
  }

  /** breakCycles makes a root of each node that no root reaches. */
  private breakCycles(): void {
    const seen = new Set<string>();
    const reach = (from: string) => {
      const stack = [from];
      while (stack.length > 0) {
        const id = stack.pop()!;
        if (seen.has(id)) continue;
        seen.add(id);
        stack.push(...(this.children.get(id) ?? []));
      }
    };
    this.roots.forEach(reach);
    for (const n of this.byId.values()) {
      if (seen.has(n.id)) continue;
      const siblings = n.parent === undefined ? undefined : this.children.get(n.parent);
      siblings?.splice(siblings.indexOf(n.id), 1);
      this.roots.push(n.id);
      reach(n.id);
    }
  }
}

/** step says which placed node an arrow key goes to. */
export function step(layout: Layout, from: string, key: "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight" | "Home" | "End"): string {
  const { placed } = layout;
  const i = placed.findIndex((p) => p.id === from);
  if (i < 0) return placed[0]?.id ?? from;
  const at = placed[i]!;
  switch (key) {
    case "Home":
      return placed[0]!.id;
    case "End":
      return placed[placed.length - 1]!.id;
    case "ArrowLeft":
      return at.parent !== undefined && placed.some((p) => p.id === at.parent) ? at.parent : from;
    case "ArrowRight":
      return placed[i + 1]?.parent === at.id ? placed[i + 1]!.id : from;
    case "ArrowDown":
      return nearest(placed.filter((p) => p.row > at.row), at)?.id ?? from;
    case "ArrowUp":
      return nearest(placed.filter((p) => p.row < at.row), at)?.id ?? from;
  }
}

/** nearest prefers the same column, then the closest row. */
function nearest(candidates: Placed[], at: Placed): Placed | undefined {
  const same = candidates.filter((p) => p.depth === at.depth);
  const distance = (p: Placed) => Math.abs(p.row - at.row) * 10 + Math.abs(p.depth - at.depth);
  let best: Placed | undefined;
  for (const p of same.length > 0 ? same : candidates) if (!best || distance(p) < distance(best)) best = p;
  return best;
}
