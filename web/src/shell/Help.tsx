import { shortcuts } from "../keyboard/keys";
import { Dialog } from "../parts/Dialog";

export function Help({ onClose }: { onClose(): void }) {
  return (
    <Dialog title="Keyboard and conditions" onClose={onClose} wide>
      <div className="grid grid-cols-2 gap-x-8 gap-y-4">
        {shortcuts.map((s) => (
          <section key={s.group}>
            <h3 className="heading mb-1">{s.group}</h3>
            <dl className="grid grid-cols-[110px_1fr] gap-y-0.5">
              {s.keys.map(([keys, what]) => (
                <div key={keys} className="contents">
                  <dt className="flex gap-1">{keys.split(" ").map((k, i) => (k ? <kbd key={i} className="kbd">{k}</kbd> : null))}</dt>
                  <dd className="text-soft">{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <section>
          <h3 className="heading mb-1">Conditions</h3>
          <ul className="flex flex-col gap-0.5 font-mono text-soft">
            <li>process.name = 'curl'</li>
            <li>file.path startswith '/etc/'</li>
            <li>destination.ip cidr '10.0.0.0/8'</li>
            <li>process.name in ('nc', 'ncat')</li>
            <li>not (user.name = 'root' or file.size &gt; 1000)</li>
            <li>'any text'</li>
          </ul>
          <p className="mt-1 text-sm text-faint">Case does not matter. The manager's documentation has the whole language.</p>
        </section>
      </div>
    </Dialog>
  );
}
