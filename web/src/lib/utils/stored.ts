// Small things this browser remembers. Storage may be forbidden or full; nothing depends on it.

export function recall(name: string): string | null {
  try {
    return localStorage.getItem(`croft.${name}`);
  } catch {
    return null;
  }
}

export function remember(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`croft.${name}`);
    else localStorage.setItem(`croft.${name}`, value);
  } catch {
    // It is asked again next time.
  }
}

/** Keeps something over a reload, in this tab only. Answers whether the browser took it. */
export function keep(name: string, value: string | null): boolean {
  try {
    if (value === null) sessionStorage.removeItem(`croft.${name}`);
    else sessionStorage.setItem(`croft.${name}`, value);
    return true;
  } catch {
    return false;
  }
}

export function kept(name: string): string | null {
  try {
    return sessionStorage.getItem(`croft.${name}`);
  } catch {
    return null;
  }
}

/** What comes after a prefix in the names of things kept in this tab. */
export function keptNames(prefix: string): string[] {
  try {
    return Object.keys(sessionStorage).filter((name) => name.startsWith(`croft.${prefix}`)).map((name) => name.slice(`croft.${prefix}`.length));
  } catch {
    return [];
  }
}

/** Keeps an invitation's secret over signing in, in this tab only and out of any address. */
export const keepInvitation = (secret: string | null): void => void keep('invitation', secret);
export const keptInvitation = (): string | null => kept('invitation');
