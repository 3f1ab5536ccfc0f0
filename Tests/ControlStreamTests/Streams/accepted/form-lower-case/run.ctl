$problem all in lower case
$input id time amt dv evid mdv wt age sex race study
$data ../data/bolus.csv ignore=@
$subroutines advan1 trans2
$pk
tvcl = theta(1)*(wt/70)**theta(3)
cl = tvcl*exp(eta(1))
v  = theta(2)*exp(eta(2))
s1 = v
$error
ipred = f
y = ipred*(1 + eps(1))
$theta (0, 3) (0, 25) (0, 0.7)
$omega 0.16 0.04
$sigma 0.02
$estimation method=1 interaction maxeval=9999
$covariance
$table id time ipred cwres noprint oneheader file=sdtab
