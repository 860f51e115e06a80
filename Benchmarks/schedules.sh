#!/bin/sh
# The long trainings of docs/verification.md on MNIST, with what the test images say of each in the end. A single one takes from
# six minutes to three quarters of an hour on one thread; name some of them to run those only:
#
#     Benchmarks/schedules.sh rbm dbn
#
# Runs stay in runs/schedules. STRATA names another command, STRATA_MNIST_DIR the folder with the four files of MNIST.
set -eu
cd "$(dirname "$0")/.."
strata=${STRATA:-.build/release/strata}
runs=runs/schedules
: "${STRATA_MNIST_DIR:?set it to the folder with the four files of MNIST}"

train() { # NAME MODEL SETTING...
    run=$1
    shift
    "$strata" train "$@" --data mnist --seed 1 --quiet --force --out "$runs/$run"
}
go_on() { # NAME EPOCHS RATE
    "$strata" train --resume "$runs/$1" --epochs "$2" --learning-rate "$3" --quiet
}
metrics() { "$strata" evaluate "$runs/$1" --only metrics; }
likelihood() { "$strata" evaluate "$runs/$1" --only likelihood --bits --log-z annealed; }

# Salakhutdinov and Murray 2008: CD-25, 500 hidden units, -86.34 nats.
rbm() {
    train rbm rbm --hidden 500 --cd 25 --weight-decay 0.0001 --learning-rate 0.05 --epochs 60
    likelihood rbm
}

# The same machine with 100 persistent chains and a falling rate.
chains() {
    train chains rbm --hidden 500 --chains 100 --cd 5 --weight-decay 0.0001 --learning-rate 0.02 --final-learning-rate 0.0001 \
        --epochs 90
    likelihood chains
}

# A deep Boltzmann machine of two layers; others reach -86.4 after 500 epochs.
dbm() {
    train dbm dbm --hidden 512,1024 --pretraining-epochs 20 --learning-rate 0.02 --weight-decay 0.0001 --epochs 30
    go_on dbm 45 0.005
    go_on dbm 55 0.001
    likelihood dbm
}

# A deep belief net of three layers, fine-tuned; the deeplearning.net tutorial has 1.34 % errors.
dbn() {
    train dbn classifier --hidden 1000,1000,1000 --start rbm --pretraining-epochs 30 --batch-size 100 --learning-rate 0.05 --epochs 25
    go_on dbn 35 0.005
    metrics dbn
}

# Three stacked denoising autoencoders, fine-tuned; the tutorial has 1.30 % errors.
denoising() {
    train denoising classifier --hidden 1000,1000,1000 --start denoising --pretraining-masked 0.2 --pretraining-epochs 15 \
        --batch-size 100 --learning-rate 0.05 --epochs 25
    go_on denoising 35 0.005
    metrics denoising
}

# Hinton and Salakhutdinov's deep autoencoder: a squared error of 3.00 with a code of 30.
autoencoder() {
    train autoencoder deep-autoencoder --loss squared --learning-rate 0.001 --epochs 55
    go_on autoencoder 75 0.0002
    metrics autoencoder
}

all="rbm chains dbm dbn denoising autoencoder"
for schedule in ${*:-$all}; do
    case " $all " in
    *" $schedule "*) ;;
    *)
        echo "there is no schedule '$schedule'; there are $all" >&2
        exit 1
        ;;
    esac
done
for schedule in ${*:-$all}; do
    echo "== $schedule"
    "$schedule"
done
