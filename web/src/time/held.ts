import { useRef } from "react";
import type { Span } from "./range";

/** useHeld keeps the instants of a moving range while a person reads further down; a new question takes the new ones. */
export function useHeld<S extends Span>(now: S, question: string, hold: boolean): S {
  const held = useRef({ span: now, question });
  if (held.current.question !== question || (!hold && held.current.span !== now)) held.current = { span: now, question };
  return held.current.span;
}
