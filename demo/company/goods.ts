import type { Currency } from './types.ts'

export type Good = {
  readonly sku: string
  readonly titleZh: string
  readonly titleEn: string
  readonly cents: Readonly<Record<Currency, number>>
}

const good = (sku: string, titleZh: string, titleEn: string, cny: number, usd: number, eur: number): Good =>
  ({ sku, titleZh, titleEn, cents: { CNY: cny, USD: usd, EUR: eur } })

export const goods: readonly [Good, ...Good[]] = [
  good('KB-87-GRY', '机械键盘 87 键 灰色', 'Mechanical keyboard, 87 keys, grey', 39_900, 5_900, 5_490),
  good('KB-104-WHT', '机械键盘 104 键 白色', 'Mechanical keyboard, 104 keys, white', 45_900, 6_900, 6_290),
  good('MS-WL-BLK', '无线鼠标 黑色', 'Wireless mouse, black', 12_900, 1_999, 1_899),
  good('HD-1T-USB', '移动硬盘 1TB USB-C', 'Portable drive, 1 TB, USB-C', 38_800, 5_699, 5_499),
  good('SSD-2T-NV', '固态硬盘 2TB NVMe', 'Solid-state drive, 2 TB, NVMe', 99_900, 14_499, 13_900),
  good('MN-27-4K', '27 英寸 4K 显示器', '27-inch 4K monitor', 189_900, 27_900, 26_900),
  good('DK-TB4', '雷电 4 扩展坞', 'Thunderbolt 4 dock', 129_900, 18_999, 17_990),
  good('CB-USBC-1M', 'USB-C 数据线 1 米', 'USB-C cable, 1 m', 3_900, 899, 799),
  good('CB-USBC-2M', 'USB-C 数据线 2 米', 'USB-C cable, 2 m', 4_900, 1_099, 999),
  good('CH-65W', '65W 氮化镓充电器', '65 W GaN charger', 15_900, 2_499, 2_399),
  good('CH-100W', '100W 氮化镓充电器', '100 W GaN charger', 22_900, 3_499, 3_299),
  good('HP-NC-BLK', '降噪耳机 黑色', 'Noise-cancelling headphones, black', 129_900, 19_900, 18_900),
  good('HP-NC-SLV', '降噪耳机 银色', 'Noise-cancelling headphones, silver', 129_900, 19_900, 18_900),
  good('SP-BT-S', '便携蓝牙音箱', 'Portable Bluetooth speaker', 29_900, 4_499, 4_199),
  good('WC-1080', '高清摄像头 1080p', 'Webcam, 1080p', 24_900, 3_699, 3_499),
  good('ST-LAP-AL', '铝合金笔记本支架', 'Laptop stand, aluminium', 16_900, 2_699, 2_499),
  good('BG-15-GRN', '15 英寸电脑双肩包 墨绿', 'Laptop backpack, 15", dark green', 27_900, 4_199, 3_999),
  good('RT-WIFI7', 'Wi-Fi 7 路由器', 'Wi-Fi 7 router', 79_900, 11_999, 11_490),
  good('NAS-4BAY', '四盘位网络存储', 'Network storage, 4 bays', 249_900, 36_900, 34_900),
  good('PB-20K', '充电宝 20000mAh', 'Power bank, 20,000 mAh', 19_900, 2_999, 2_899),
  good('LT-DESK', '护眼台灯', 'Desk lamp "EyeCare" & dimmer', 25_900, 3_899, 3_699),
  good('CH-ERGO', '人体工学椅', 'Ergonomic chair', 169_900, 24_900, 23_900),
  good('TB-SIT', '电动升降桌 140×70', 'Standing desk, 140 × 70 cm', 219_900, 31_900, 29_900),
  good('PD-A4', '便签本 A4（10 本装）', 'Notepads A4, pack of 10', 5_900, 1_290, 1_190),
]
