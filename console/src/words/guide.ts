const en = {
  title: 'guide',
}

const zh: typeof en = {
  title: 'guide',
}

export const guide = { en, zh }
