/** Something that was done, with the way back if there is one. Never an error. */
export interface Toast {
  id: number;
  text: string;
  undo?: { label: string; act: () => void };
}

const MOST = 3;
let last = 0;

class Toasts {
  list = $state<Toast[]>([]);

  show(text: string, undo?: Toast['undo']) {
    last += 1;
    this.list = [...this.list, { id: last, text, undo }].slice(-MOST);
  }

  dismiss(id: number) {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
