/// Every key of version 1 once.
package let exampleJob = """
  popmix: 1                          # version of the job file format
  job: wang2007
  data:
    files: data/wang2007.csv
    columns: {DV: CONC, AMT: DOSE}
    ignore: ["#"]
    accept: ["STUDY.EQ.1"]
    missing: [NA, -99]
    repeated-ids: join
  model:
    structure: one-compartment bolus
    random-effects:
      V: {distribution: normal, membership: shared}
      k: {distribution: lognormal, membership: mixture}
    residual-error: proportional
    start:
      weights: [0.5, 0.5]
      typical: {V: 18, k: [0.25, 0.7]}
      variance: {V: 9, k: 0.01}
      sigma: 0.2
    fixed: [weights, typical V, typical k 2, variance k, variance k 1, sigma]
  mixture:
    components: 2
    covariance: {mixture: full, shared: diagonal}
    covariance-across-components: equal
  estimation:
    method: exact
    samples: 1024
    iterations: 1e3
    tolerance: 1E-5
    seed: 18446744073709551615
    nodes: lattice
    precision: 1e-3
    acceleration: none
    memory-limit: 512
    envelope: {inflation: 2.5, tails: student-t, degrees-of-freedom: 7, prior-share: 0.1}
  simulation:
    data-sets: 5
    subjects: 100
    doses: [{time: 0, amount: 100}, {time: 24, amount: 50, additional: 3, interval: 12}]
    times: [1.5, 2, 3, 4, 5.5]
    values:
      weights: [0.8, 0.2]
      typical: {V: 20, k: [0.3, 0.6]}
      variance: {V: 4, k: 0.0036}
      sigma: .1
    seed: 2007
  output: results/first

  """
