import { recall, remember } from './stored';

export type ThemeChoice = 'system' | 'light' | 'dark';

/** What the person chose; `static/theme.js` does the same before the page is drawn. */
class Theme {
  choice = $state<ThemeChoice>('system');

  constructor() {
    const stored = recall('theme');
    if (stored === 'light' || stored === 'dark') this.choice = stored;
  }

  set(choice: ThemeChoice) {
    this.choice = choice;
    remember('theme', choice === 'system' ? null : choice);
    const root = document.documentElement;
    if (choice === 'system') {
      delete root.dataset.theme;
      root.style.colorScheme = '';
    } else {
      root.dataset.theme = choice;
      root.style.colorScheme = choice;
    }
  }
}

export const theme = new Theme();
