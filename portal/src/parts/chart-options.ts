import UPlot from 'uplot'
import { aloneOf, areWhole, type ChartData, type ChartSeries, drawnOf, footWords } from './chart-data.ts'

/** Where the pointer stands. */
export interface Pointed {
  readonly index: number
  /** Pixels from the chart's left edge. */
  readonly x: number
  /** Of the chart. */
  readonly width: number
}

interface ChartOptions {
  readonly element: HTMLElement
  readonly height: number
  readonly language: string
  /** What is shown now: it changes while the drawing stays. */
  readonly current: () => Pick<ChartData, 'series' | 'unit' | 'shortUnit'>
  readonly point: (pointed: Pointed | null) => void
}

const font = '11px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif'
const wholeSteps = [1, 2, 5]
  .flatMap((each) => Array.from({ length: 12 }, (_, power) => each * 10 ** power))
  .sort((a, b) => a - b)
const tickLength = 4
const labelGap = 6

/** How a chart is drawn, in the colors of its place. */
export function chartOptions({ element, height, language, current, point }: ChartOptions): UPlot.Options {
  const style = getComputedStyle(element)
  const color = (name: string): string => style.getPropertyValue(name).trim()
  const text = color('--mantine-color-dimmed')
  const line = color('--chart-grid')
  const { series } = current()
  const axis = { stroke: text, font, ticks: { show: false, size: tickLength }, gap: labelGap }
  return {
    width: element.clientWidth,
    height,
    ms: 1,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: {
      x: { range: (plot, min, max) => withMargins(plot.data[0], min, max) },
      y: { range: (_plot, _min, max) => [0, topOf(max)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 72,
        size: 24,
        values: (plot, splits) => {
          const span = (plot.scales.x?.max ?? 0) - (plot.scales.x?.min ?? 0)
          return splits.map((at) => footWords(at, span, language))
        },
      },
      {
        ...axis,
        grid: { stroke: line, width: 1 },
        space: 36,
        ...(areWhole(series) ? { incrs: wholeSteps } : {}),
        values: (_plot, splits) => splits.map(current().shortUnit ?? current().unit),
        size: (plot, values) => widthOf(plot, values ?? []),
      },
    ],
    series: [{}, ...drawnOf(series).map(({ index }) => strokeOf(series[index], color))],
    hooks: {
      setCursor: [
        (plot) => {
          const { idx, left = -1 } = plot.cursor
          if (idx == null || left < 0) return point(null)
          const x = plot.over.offsetLeft + plot.valToPos(plot.data[0][idx] ?? 0, 'x')
          point({ index: idx, x, width: element.clientWidth })
        },
      ],
    },
  }
}

/** Room for half a bar at either end. */
function withMargins(instants: ArrayLike<number>, min: number, max: number): [number, number] {
  const half = ((instants[1] ?? 0) - (instants[0] ?? 0)) / 2
  return half > 0 ? [min - half, max + half] : [min, max]
}

/** Room above the highest value; and a height at all where there are but zeros. */
function topOf(max: number | null): number {
  return max === null || max <= 0 ? 1 : max * 1.1
}

function widthOf(plot: UPlot, values: readonly string[]): number {
  plot.ctx.save()
  plot.ctx.font = font
  const widest = Math.max(0, ...values.map((value) => plot.ctx.measureText(value).width))
  plot.ctx.restore()
  return Math.ceil(widest) + tickLength + labelGap + 2
}

function strokeOf(series: ChartSeries | undefined, color: (name: string) => string): UPlot.Series {
  if (series === undefined) return {}
  const { kind, tone, label } = series
  const stroke = color(`--chart-${tone}`)
  if (kind === 'bars') {
    const paths = UPlot.paths.bars?.({ size: [0.7, 32], radius: 0.15 })
    return {
      label,
      fill: stroke,
      width: 0,
      points: { show: false },
      ...(paths === undefined ? {} : { paths }),
    }
  }
  return {
    label,
    stroke,
    width: 2,
    spanGaps: false,
    points: {
      show: false,
      size: 6,
      fill: stroke,
      filter: (plot, at) => [...aloneOf(Array.from(plot.data[at] ?? [], (value) => value ?? null))],
    },
    ...(kind === 'area' ? { fill: color(`--chart-${tone}-fill`) } : {}),
  }
}
