import { useEffect, useId, useRef, type ReactNode } from "react";
import { Icon } from "./Icon";

/** Dialog is modal; the browser keeps the focus inside and closes it on Esc. */
export function Dialog({ title, onClose, children, footer, wide = false }: { title: string; onClose(): void; children: ReactNode; footer?: ReactNode; wide?: boolean }) {
  const ref = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const el = ref.current;
    if (el && !el.open) el.showModal();
  }, []);
  return (
    <dialog
      ref={ref} aria-labelledby={heading} onClose={onClose} onKeyDown={(e) => e.stopPropagation()}
      onClick={(e) => {
        if (e.target === ref.current) onClose();
      }}
      className={`${wide ? "w-[760px]" : "w-[520px]"} max-h-[86vh] max-w-[94vw] rounded-md border border-line-strong bg-panel p-0 text-ink`}
    >
      <div className="flex max-h-[86vh] flex-col">
        <header className="flex h-11 shrink-0 items-center border-b border-line px-4">
          <h2 id={heading} className="flex-1 truncate text-lg font-semibold">{title}</h2>
          <button type="button" className="control quiet" aria-label="Close" onClick={onClose}><Icon name="close" /></button>
        </header>
        <div className="min-h-0 overflow-y-auto p-4">{children}</div>
        {footer && <footer className="flex shrink-0 justify-end gap-2 border-t border-line px-4 py-3">{footer}</footer>}
      </div>
    </dialog>
  );
}
