-- | What the pipeline notebook computes: summaries of stations, and how far readings are off.

-- | One reading of a station.
type reading = {station: u8, value: f32}

-- | All readings of a station, in one row.
type summary = {station: u8, count: i64, mean: f64, low: f32, high: f32}

-- | A summary for each of k stations.
entry summaries [n] (k: i64) (readings: [n]reading) : [k]summary =
  let station (r: reading) = i64.u8 r.station
  let counts = hist (+) 0 k (map station readings) (rep 1i64)
  let sums = hist (+) 0 k (map station readings) (map (\r -> f64.f32 r.value) readings)
  let lows = hist f32.min f32.inf k (map station readings) (map (.value) readings)
  let highs = hist f32.max (-f32.inf) k (map station readings) (map (.value) readings)
  in tabulate k (\i -> {station = u8.i64 i, count = counts[i], mean = sums[i] / f64.i64 counts[i]
                       , low = lows[i], high = highs[i]})

-- | How far each reading is from its station's mean.
entry deviations [n][k] (readings: [n]reading) (stations: [k]summary) : [n]f32 =
  map (\r -> f32.f64 (f64.f32 r.value - stations[i64.u8 r.station].mean)) readings
