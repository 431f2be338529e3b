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

const INVITATION = 'croft.invitation';

/** Keeps an invitation's secret over signing in, in this tab only and out of any address. */
export function keepInvitation(secret: string | null): void {
  try {
    if (secret === null) sessionStorage.removeItem(INVITATION);
    else sessionStorage.setItem(INVITATION, secret);
  } catch {
    // The link itself still has it.
  }
}

export function keptInvitation(): string | null {
  try {
    return sessionStorage.getItem(INVITATION);
  } catch {
    return null;
  }
}
