import type { Chance } from './chance.ts'

type Written = readonly [hanzi: string, pinyin: string]
type Words = readonly [string, ...string[]]

const surnames: readonly [Written, ...Written[]] = [
  ['王', 'wang'], ['李', 'li'], ['张', 'zhang'], ['刘', 'liu'], ['陈', 'chen'], ['杨', 'yang'], ['黄', 'huang'], ['赵', 'zhao'],
  ['吴', 'wu'], ['周', 'zhou'], ['徐', 'xu'], ['孙', 'sun'], ['马', 'ma'], ['朱', 'zhu'], ['胡', 'hu'], ['郭', 'guo'],
  ['何', 'he'], ['林', 'lin'], ['高', 'gao'], ['罗', 'luo'], ['郑', 'zheng'], ['梁', 'liang'], ['谢', 'xie'], ['宋', 'song'],
  ['唐', 'tang'], ['许', 'xu'], ['邓', 'deng'], ['冯', 'feng'], ['韩', 'han'], ['曹', 'cao'], ['彭', 'peng'], ['曾', 'zeng'],
  ['欧阳', 'ouyang'], ['司马', 'sima'], ['诸葛', 'zhuge'],
]

const given: readonly [Written, ...Written[]] = [
  ['伟', 'wei'], ['芳', 'fang'], ['娜', 'na'], ['敏', 'min'], ['静', 'jing'], ['磊', 'lei'], ['洋', 'yang'], ['艳', 'yan'],
  ['勇', 'yong'], ['军', 'jun'], ['杰', 'jie'], ['娟', 'juan'], ['涛', 'tao'], ['超', 'chao'], ['明', 'ming'], ['霞', 'xia'],
  ['秀英', 'xiuying'], ['桂英', 'guiying'], ['子涵', 'zihan'], ['浩然', 'haoran'], ['雨桐', 'yutong'], ['欣怡', 'xinyi'],
  ['梓萱', 'zixuan'], ['宇轩', 'yuxuan'], ['思远', 'siyuan'], ['佳怡', 'jiayi'], ['晓燕', 'xiaoyan'], ['志强', 'zhiqiang'],
  ['建国', 'jianguo'], ['丽华', 'lihua'], ['文博', 'wenbo'], ['雅婷', 'yating'], ['俊杰', 'junjie'], ['若曦', 'ruoxi'],
  ['天宇', 'tianyu'], ['海燕', 'haiyan'], ['慧', 'hui'], ['鹏', 'peng'], ['璐', 'lu'], ['颖', 'ying'],
]

// Of the accented letters only those that GBK has: the CRM can't keep others.
const firstNames: Words = [
  'Alice', 'Benjamin', 'Carla', 'Daniel', 'Emma', 'Felix', 'Grace', 'Henry', 'Isabel', 'Jack', 'Katherine', 'Liam', 'Maria',
  'Noah', 'Olivia', 'Peter', 'Quinn', 'Rachel', 'Samuel', 'Tara', 'Ursula', 'Victor', 'Wendy', 'Xavier', 'Yvonne', 'Zachary',
  'Anneliese', 'Birgit', 'Chloé', 'Diego', 'Eoin', 'Frédéric', 'Giulia', 'Sven',
]

const lastNames: Words = [
  'Adams', 'Baker', 'Clark', 'Davies', 'Edwards', 'Fischer', 'Garcia', 'Hughes', 'Ivanova', 'Johnson', 'Kowalski', 'Lehmann',
  'Martin', 'Nguyen', "O'Brien", 'Patel', 'Quigley', 'Rossi', 'Smith', 'Taylor', 'Underwood', 'Vogel', 'Walker', 'Young',
  'Zimmermann', 'Müller', 'Dupont', 'Svensson', 'Lindqvist', 'Moreau',
]

/** `mailbox`: the name in plain ASCII letters, as it stands before an @. */
export type Name = { readonly name: string; readonly mailbox: string }

export const nameInChinese = (chance: Chance): Name => {
  const [family, familyPinyin] = chance.pick(surnames)
  const [own, ownPinyin] = chance.pick(given)
  const mailbox = chance.pick([`${familyPinyin}.${ownPinyin}`, familyPinyin + ownPinyin, `${ownPinyin}.${familyPinyin}`])
  return { name: family + own, mailbox }
}

export const nameInEnglish = (chance: Chance): Name => {
  const name = `${chance.pick(firstNames)} ${chance.pick(lastNames)}`
  return { name, mailbox: asciiOf(name).replace(' ', '.') }
}

const asciiOf = (text: string) => text.normalize('NFD').replace(/[^A-Za-z ]/g, '').toLowerCase()
