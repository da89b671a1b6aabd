import { describe, expect, test } from "vitest";
import { shownAtOnce, step, Tree, type TreeInput } from "./layout";

const node = (id: string, parent?: string, matters = false, start = 0): TreeInput => ({ id, ...(parent ? { parent } : {}), start, matters });

// systemd -> sshd -> bash -> curl (alert); bash has 20 other children; systemd has cron -> sh
function sample(): TreeInput[] {
  const out = [node("systemd"), node("cron", "systemd", false, 1), node("sh", "cron"), node("sshd", "systemd", false, 2), node("bash", "sshd"), node("curl", "bash", true, 99)];
  for (let i = 0; i < 20; i++) out.push(node(`ls${String(i).padStart(2, "0")}`, "bash", false, i));
  return out;
}

describe("standard view", () => {
  const tree = new Tree(sample());
  const l = tree.layout(tree.standard());
  const at = (id: string) => l.placed.find((p) => p.id === id)!;

  test("the path that matters runs along the first row", () => {
    for (const [i, id] of ["systemd", "sshd", "bash", "curl"].entries()) expect(at(id)).toMatchObject({ row: 0, depth: i });
  });
  test("a parent beside the path is closed and counts what it hides", () => {
    expect(at("cron")).toMatchObject({ open: false, folded: 1, children: 1 });
    expect(at("sh")).toBeUndefined();
  });
  test("a busy parent shows a few children and folds the rest", () => {
    expect(l.placed.filter((p) => p.id.startsWith("ls"))).toHaveLength(shownAtOnce);
    expect(at("more:bash")).toMatchObject({ more: true, folded: 20 - shownAtOnce });
  });
  test("nothing overlaps", () => {
    const cells = l.placed.map((p) => `${p.row}/${p.depth}`);
    expect(new Set(cells).size).toBe(cells.length);
  });
  test("a leaf uses the room above the children of its neighbours", () => {
    // r: a (a1..a5), b -> b1, c
    const t = new Tree([node("r"), node("a", "r", false, 1), ...[1, 2, 3, 4, 5].map((i) => node(`a${i}`, "a", false, i)), node("b", "r", false, 2), node("b1", "b"), node("c", "r", false, 3)]);
    const rows = Object.fromEntries(t.layout(t.everything()).placed.map((p) => [p.id, p.row]));
    expect(rows).toMatchObject({ r: 0, a: 0, a1: 0, a5: 4, b: 5, b1: 5, c: 6 });
    const closed = Object.fromEntries(t.layout({ nodes: new Set(["r", "a"]), all: new Set() }).placed.map((p) => [p.id, p.row]));
    expect(closed).toMatchObject({ a: 0, b: 1, c: 2, a5: 4 });
  });
  test("every process is shown or counted", () => {
    expect(l.placed.reduce((n, p) => n + (p.more ? 0 : 1) + p.folded, 0)).toBe(sample().length);
  });
});

test("the path of the focus comes before others that matter", () => {
  const nodes = [...sample(), { ...node("vim", "cron", false, 0), focus: true }];
  const tree = new Tree(nodes);
  const l = tree.layout(tree.standard());
  for (const [i, id] of ["systemd", "cron", "vim"].entries()) expect(l.placed.find((p) => p.id === id)).toMatchObject({ row: 0, depth: i });
  expect(l.placed.find((p) => p.id === "curl")).toBeDefined();
});

test("everything shows everything", () => {
  const tree = new Tree(sample());
  const l = tree.layout(tree.everything());
  expect(l.placed).toHaveLength(sample().length);
  expect(l.placed.every((p) => p.folded === 0)).toBe(true);
});

test("parents that are missing, and circles, make roots and lose nobody", () => {
  const tree = new Tree([node("a", "gone"), node("b", "c"), node("c", "b"), node("d", "d"), node("e", "c")]);
  const l = tree.layout(tree.everything());
  expect(new Set(l.placed.map((p) => p.id))).toEqual(new Set(["a", "b", "c", "d", "e"]));
});

test("nothing in, nothing out", () => {
  const tree = new Tree([]);
  expect(tree.layout(tree.standard())).toEqual({ placed: [], rows: 0, depth: 0 });
});

test("a chain of 5,000 and a fan of 5,000 are laid out in time", () => {
  const chain = Array.from({ length: 5000 }, (_, i) => node(`n${i}`, i ? `n${i - 1}` : undefined, i === 4999));
  const fan = [node("r", undefined, true), ...Array.from({ length: 5000 }, (_, i) => node(`k${i}`, "r", false, i))];
  const t0 = performance.now();
  expect(new Tree(chain).layout(new Tree(chain).standard()).depth).toBe(5000);
  const f = new Tree(fan);
  expect(f.layout(f.everything()).rows).toBe(5000);
  expect(performance.now() - t0).toBeLessThan(1500);
});

describe("step", () => {
  const tree = new Tree(sample());
  const l = tree.layout(tree.standard());
  test("right goes to the first child, left to the parent", () => {
    expect(step(l, "sshd", "ArrowRight")).toBe("bash");
    expect(step(l, "bash", "ArrowLeft")).toBe("sshd");
    expect(step(l, "systemd", "ArrowLeft")).toBe("systemd");
    expect(step(l, "curl", "ArrowRight")).toBe("curl");
  });
  test("down and up walk the rows", () => {
    expect(step(l, "curl", "ArrowDown")).toBe("ls00");
    expect(step(l, "ls00", "ArrowUp")).toBe("curl");
    expect(step(l, "systemd", "ArrowUp")).toBe("systemd");
  });
  test("an unknown place becomes the first", () => expect(step(l, "gone", "ArrowDown")).toBe("systemd"));
});
