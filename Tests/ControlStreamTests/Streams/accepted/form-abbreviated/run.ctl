;; 1. Based on: none
;; 2. Description: abbreviated names of records
$SIZES LVR=50 PD=60
$PROB    abbreviated ; a comment
$INPUT   ID TIME AMT &
         DV EVID MDV
         WT AGE SEX RACE STUDY
$DATA    ../data/bolus.csv  IGNORE=@ ; the data
$SUBS    ADVAN1 TRANS2
$PK
; parameters
TVCL=THETA(1) ; clearance
CL=TVCL*   &
   EXP(ETA(1))

TVV=THETA(2);volume
V=TVV*EXP(ETA(2))
S1=V
$ERR
Y=F*(1+EPS(1)) ; proportional
$THET (0,3) ; CL
(0,25) ; V
; $THETA (0,1)
$OMEG 0.16 ; CL
      0.04 ; V
$SIGM 0.02
$EST METHOD=1 INTER MAXEVAL=9999 NSIG=3 &
     SIGL=9 PRINT=1
$COV
$TAB ID TIME CL V NOPRINT
     FILE=patab
