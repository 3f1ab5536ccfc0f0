$PROBLEM Observations of a compartment that is not the default
$INPUT ID TIME AMT DV EVID MDV CMT WT SEX
$DATA ../accepted/data/absorbed-logarithms.csv IGNORE=@
$SUBROUTINES ADVAN1 TRANS2
$PK
CL = THETA(1)*EXP(ETA(1))
V  = THETA(2)*EXP(ETA(2))
S1 = V
$ERROR
Y = F*(1 + EPS(1))
$THETA (0, 3) (0, 25)
$OMEGA 0.16 0.04
$SIGMA 0.02
$ESTIMATION METHOD=1 INTERACTION
