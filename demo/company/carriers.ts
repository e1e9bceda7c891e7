import type { Chance } from './chance.ts'
import type { Language, TheirShipmentStatus } from './types.ts'

export type Carrier = {
  readonly name: string
  /** `serial` has six digits and is used once: it makes the number unique. */
  readonly numberOf: (serial: string, chance: Chance) => string
}

export const carriers: Readonly<Record<Language, readonly [Carrier, ...Carrier[]]>> = {
  zh: [
    { name: '顺丰速运', numberOf: (serial, chance) => `SF1${chance.digits(6)}${serial}` },
    { name: '圆通速递', numberOf: (serial, chance) => `YT${chance.digits(7)}${serial}` },
    { name: '中通快递', numberOf: (serial, chance) => `ZTO7${chance.digits(5)}${serial}` },
    { name: '京东物流', numberOf: (serial, chance) => `JD0${chance.digits(7)}${serial}` },
  ],
  en: [
    { name: 'DHL', numberOf: (serial, chance) => `${chance.between(1, 9)}${chance.digits(3)}${serial}` },
    { name: 'UPS', numberOf: (serial, chance) => `1Z${chance.pick(['A4', 'W7', 'X2', 'R9'])}${chance.digits(8)}${serial}` },
    { name: 'FedEx', numberOf: (serial, chance) => `7${chance.digits(5)}${serial}` },
    { name: 'SF Express', numberOf: (serial, chance) => `SF6${chance.digits(6)}${serial}` },
  ],
}

export const statusWords: Readonly<Record<TheirShipmentStatus, Readonly<Record<Language, string>>>> = {
  LABEL_CREATED: { zh: '已下单', en: 'Label created' },
  IN_TRANSIT: { zh: '运输中', en: 'In transit' },
  OUT_FOR_DELIVERY: { zh: '派送中', en: 'Out for delivery' },
  DELIVERED: { zh: '已签收', en: 'Delivered' },
  EXCEPTION: { zh: '异常件', en: 'Exception' },
  RETURNED: { zh: '已退回', en: 'Returned to sender' },
}

export const origins: Readonly<Record<Language, string>> = { zh: '上海青浦', en: 'Rotterdam, NL' }

export const hubs: Readonly<Record<Language, readonly [string, ...string[]]>> = {
  zh: ['杭州萧山', '南京禄口', '武汉东西湖', '郑州航空港', '广州白云'],
  en: ['Leipzig, DE', 'East Midlands, UK', 'Louisville, KY, US', 'Memphis, TN, US', 'Liège, BE'],
}

export const destinations: Readonly<Record<Language, readonly [string, ...string[]]>> = {
  zh: ['北京朝阳', '上海浦东', '深圳南山', '成都高新', '西安雁塔', '苏州工业园', '厦门思明', '长沙岳麓', '青岛市南', '重庆渝中'],
  en: ['Berlin, DE', 'London, UK', 'Boston, MA, US', 'San Francisco, CA, US', 'Paris, FR', 'Stockholm, SE', 'Dublin, IE'],
}

/** Where a step of a parcel's road is taken. */
export type Stage = 'origin' | 'hub' | 'destination'
export type Step = { readonly stage: Stage; readonly zh: string; readonly en: string }

const label: Step = { stage: 'origin', zh: '商家已下单，等待揽收', en: 'Shipment information received' }
const pickedUp: Step = { stage: 'origin', zh: '快件已揽收', en: 'Picked up' }
const leftOrigin: Step = { stage: 'origin', zh: '快件已发往中转场', en: 'Departed origin facility' }
const atHub: Step = { stage: 'hub', zh: '快件到达中转场', en: 'Arrived at sort facility' }
const leftHub: Step = { stage: 'hub', zh: '快件已发往目的地', en: 'Departed sort facility' }
const atDepot: Step = { stage: 'destination', zh: '快件到达派送网点', en: 'Arrived at delivery depot' }
const outForDelivery: Step = { stage: 'destination', zh: '快递员正在派送，请保持电话畅通', en: 'With courier for delivery' }
const delivered: Step = { stage: 'destination', zh: '已签收，签收人：本人', en: 'Delivered, signed for by recipient' }
const nobodyThere: Step = { stage: 'destination', zh: '派送不成功：电话无人接听', en: 'Delivery attempted; recipient not at home' }
const wrongAddress: Step = { stage: 'hub', zh: '地址不详，快件滞留，正在核实', en: 'On hold: address incomplete & being checked' }
const refused: Step = { stage: 'destination', zh: '收件人拒收，快件退回中', en: 'Refused by recipient, returning to sender' }
const backHome: Step = { stage: 'origin', zh: '退件已签收', en: 'Returned to sender' }

/** A parcel's road to each status, oldest first; more than one where it may have gone in more than one way. */
export const roads: Readonly<Record<TheirShipmentStatus, readonly [readonly Step[], ...(readonly Step[])[]]>> = {
  LABEL_CREATED: [[label]],
  IN_TRANSIT: [[label, pickedUp, leftOrigin, atHub], [label, pickedUp, leftOrigin, atHub, leftHub]],
  OUT_FOR_DELIVERY: [[label, pickedUp, leftOrigin, atHub, leftHub, atDepot, outForDelivery]],
  DELIVERED: [
    [label, pickedUp, leftOrigin, atHub, leftHub, atDepot, outForDelivery, delivered],
    [label, pickedUp, leftOrigin, atHub, leftHub, atDepot, nobodyThere, outForDelivery, delivered],
  ],
  EXCEPTION: [[label, pickedUp, leftOrigin, atHub, wrongAddress], [label, pickedUp, leftOrigin, atHub, leftHub, atDepot, nobodyThere]],
  RETURNED: [[label, pickedUp, leftOrigin, atHub, leftHub, atDepot, refused, backHome]],
}
