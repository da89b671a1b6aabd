import { useState, type FormEvent, type ReactNode } from "react";
import { post, Problem, put } from "../api/client";
import type { Session } from "../api/types";
import { reason } from "../parts/state";

function Frame({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <main className="flex h-full items-start justify-center pt-[18vh]">
      <div className="w-[360px]">
        <div className="mb-6 flex items-center gap-3">
          <img src="/icon.svg" alt="" width={32} height={32} />
          <span className="text-xl font-semibold">Vedette</span>
        </div>
        <h1 className="text-lg font-semibold">{title}</h1>
        <p className="mb-4 text-soft">{text}</p>
        {children}
      </div>
    </main>
  );
}

function Field({ label, hint, error, ...rest }: { label: string; hint?: string; error?: string | undefined; name: string; type?: string; value: string; onChange(v: string): void; autoComplete: string; autoFocus?: boolean; minLength?: number }) {
  const { name, onChange, ...input } = rest;
  return (
    <div className="mb-3">
      <label htmlFor={name} className="mb-1 block text-soft">{label}</label>
      <input {...input} id={name} name={name} required onChange={(e) => onChange(e.target.value)} aria-describedby={`${name}-hint`} aria-invalid={error !== undefined} className="control h-8 w-full" />
      <p id={`${name}-hint`} className={`min-h-[18px] text-sm ${error ? "text-bad" : "text-faint"}`}>{error ?? hint ?? ""}</p>
    </div>
  );
}

function Wrong({ error }: { error: unknown }) {
  return <p role="alert" className="min-h-5 pb-2 text-bad">{error ? reason(error) : ""}</p>;
}

export function Login({ done }: { done(s: Session): void }) {
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      done(await post<Session>("/session", { user, password }));
    } catch (err) {
      setError(err);
      setPassword("");
    } finally {
      setBusy(false);
    }
  };
  return (
    <Frame title="Log in" text="With the name and password of your manager's account.">
      <form onSubmit={(e) => void submit(e)} aria-label="Log in">
        <Field label="User" name="user" value={user} onChange={setUser} autoComplete="username" autoFocus />
        <Field label="Password" name="password" type="password" value={password} onChange={setPassword} autoComplete="current-password" />
        <Wrong error={error} />
        <button type="submit" className="control primary h-8 w-full justify-center" disabled={busy}>{busy ? "Logging in" : "Log in"}</button>
      </form>
    </Frame>
  );
}

export const shortest = 12; // characters of a password

/** FirstPassword replaces the one-time password; nothing else works before. */
export function FirstPassword({ session, done }: { session: Session; done(s: Session): void }) {
  return (
    <Frame title="Choose your password" text={`You are logged in as ${session.user} with a one-time password. Choose your own to go on.`}>
      <PasswordForm done={done} oldLabel="One-time password" />
    </Frame>
  );
}

export function PasswordForm({ done, oldLabel }: { done(s: Session): void; oldLabel: string }) {
  const [old, setOld] = useState("");
  const [next, setNext] = useState("");
  const [again, setAgain] = useState("");
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const mismatch = again !== "" && next !== again ? "The two are not the same." : undefined;
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    if (mismatch) return;
    setBusy(true);
    setError(undefined);
    try {
      const s = await put<Session>("/session/password", { old, new: next });
      setOld("");
      setNext("");
      setAgain("");
      done(s);
    } catch (err) {
      setError(err);
    } finally {
      setBusy(false);
    }
  };
  const wrong = error instanceof Problem ? (error.of("body.new") ? undefined : error) : error;
  return (
    <form onSubmit={(e) => void submit(e)} aria-label="Change password">
      <Field label={oldLabel} name="old" type="password" value={old} onChange={setOld} autoComplete="current-password" autoFocus />
      <Field
        label="New password" name="new" type="password" value={next} onChange={setNext} autoComplete="new-password" minLength={shortest}
        hint={`At least ${shortest} characters; a sentence is easiest to remember.`} error={error instanceof Problem ? error.of("body.new") : undefined}
      />
      <Field label="New password again" name="again" type="password" value={again} onChange={setAgain} autoComplete="new-password" error={mismatch} />
      <Wrong error={wrong} />
      <button type="submit" className="control primary h-8 w-full justify-center" disabled={busy || again === "" || mismatch !== undefined || next.length < shortest}>
        {busy ? "Changing" : "Change password"}
      </button>
    </form>
  );
}
