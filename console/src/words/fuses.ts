const en = {
  title: 'Fuse board',
}

const zh: typeof en = {
  title: '熔断器面板',
}

export const fuses = { en, zh }
