import 'uplot/dist/uPlot.min.css'
import { Box, useComputedColorScheme } from '@mantine/core'
import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import UPlot from 'uplot'
import { type ChartData, drawnOf } from './chart-data.ts'
import { ChartTooltip } from './ChartTooltip.tsx'
import { chartOptions, type Pointed } from './chart-options.ts'

interface PlotProps extends ChartData {
  readonly label: string
  readonly height: number
}

/** The drawing itself. It is made anew where what cannot change in it changes, such as its colors. */
export function Plot(props: PlotProps): ReactNode {
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false })
  const form = props.series.map(({ kind, tone }) => `${kind} ${tone}`).join()
  return <Drawing key={`${scheme} ${form}`} {...props} />
}

/** The pointer, or the arrow keys, choose the instant whose exact values are shown. */
function Drawing(props: PlotProps): ReactNode {
  const { label, instants, series, unit, height } = props
  const { i18n } = useTranslation()
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<UPlot>(null)
  const latest = useRef(props)
  useLayoutEffect(() => {
    latest.current = props
  })
  const [pointed, setPointed] = useState<Pointed | null>(null)

  useLayoutEffect(() => {
    const element = place.current
    if (element === null) return undefined
    const options = chartOptions({
      element,
      height,
      language: i18n.language,
      current: () => latest.current,
      point: setPointed,
    })
    const drawing = new UPlot(options, dataOf(latest.current), element)
    plot.current = drawing
    const observer = new ResizeObserver(() => drawing.setSize({ width: element.clientWidth, height }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      drawing.destroy()
      plot.current = null
      setPointed(null)
    }
  }, [i18n.language, height])

  useEffect(() => {
    plot.current?.setData(dataOf({ instants, series }))
  }, [instants, series])

  return (
    <Box
      ref={place}
      pos="relative"
      h={height}
      className="chart"
      role="img"
      aria-label={label}
      tabIndex={0}
      onKeyDown={(event) => pointByKey(event, plot.current)}
      onBlur={() => plot.current?.setCursor({ left: -10, top: -10 })}
    >
      {pointed !== null && <ChartTooltip {...pointed} instants={instants} series={series} unit={unit} />}
    </Box>
  )
}

function dataOf({ instants, series }: Pick<ChartData, 'instants' | 'series'>): UPlot.AlignedData {
  return [[...instants], ...drawnOf(series).map(({ values }) => [...values])]
}

const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 }

function pointByKey(event: KeyboardEvent, plot: UPlot | null): void {
  const step = steps[event.key]
  const instants = plot?.data[0]
  if (step === undefined || plot === null || instants === undefined || instants.length === 0) return
  event.preventDefault()
  const last = instants.length - 1
  const from = plot.cursor.idx ?? (step > 0 ? -1 : last + 1)
  const at = instants[Math.min(last, Math.max(0, from + step))]
  if (at !== undefined) plot.setCursor({ left: plot.valToPos(at, 'x'), top: 0 })
}
