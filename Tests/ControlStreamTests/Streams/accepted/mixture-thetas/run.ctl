$PROBLEM Two subpopulations of the clearance
$INPUT ID TIME AMT DV EVID MDV RACE
$DATA ../data/poor.csv IGNORE=@
$SUBROUTINES ADVAN1 TRANS2
$MIX
NSPOP = 2
P(1) = THETA(4)
P(2) = 1 - THETA(4)
$PK
IF (MIXNUM.EQ.1) THEN
  TVCL = THETA(1)
ELSE
  TVCL = THETA(2)
ENDIF
CL = TVCL*EXP(ETA(1))
V  = THETA(3)*EXP(ETA(2))
S1 = V
$ERROR
Y = F*(1 + EPS(1))
$THETA (0, 1) ; CL of poor metabolisers
$THETA (0, 4) ; CL of the others
$THETA (0, 25) ; V
$THETA (0, 0.3, 1) ; share of poor metabolisers
$OMEGA 0.09 0.04
$SIGMA 0.02
$ESTIMATION METHOD=1 INTERACTION MAXEVAL=9999
