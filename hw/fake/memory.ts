import { deviceOfFiles } from './machine.ts';

export const fakeMemory = deviceOfFiles({
  'proc/meminfo': `MemTotal:        1000 kB
MemFree:          100 kB
MemAvailable:     400 kB
SwapTotal:        200 kB
SwapFree:         150 kB`,
  'proc/vmstat': 'nr_free_pages 25\noom_kill 2\nswap_ra 0',
});

export const fakePressure = deviceOfFiles({
  'proc/pressure/cpu':
    'some avg10=12.34 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0',
  'proc/pressure/memory':
    'some avg10=1.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.50 avg60=0.00 avg300=0.00 total=0',
  'proc/pressure/io': 'some avg10=3.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=2.50 avg60=0.00 avg300=0.00 total=0',
});
