"""Three rounds of federated averaging by Flower's engine: ``python flower_rounds.py OUT``.

Run by a test in a process of its own; clients are processes of Ray on this machine.
"""

import os
import sys

os.environ.update(
    FLWR_TELEMETRY_ENABLED="0", RAY_USAGE_STATS_ENABLED="0", OMP_NUM_THREADS="1"
)

import numpy as np
from flwr.app import ArrayRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import FedAvg
from flwr.simulation import run_simulation

from companion import datasets
from companion.challenges import federated
from companion.networks import mlp

ROUNDS = 3
ENDS = (0, 50, 200, 350, 600)  # shards of different sizes, which the average must weigh
SETTINGS = {
    "activations": ["relu", "linear"],
    "epochs": 2,
    "batch_size": None,
    "learning_rate": 0.5,
}
client, server = ClientApp(), ServerApp()


def shard(number):
    """Return the examples of one client, and their labels."""
    data = datasets.load("digits").flat()
    rows = slice(ENDS[number], ENDS[number + 1])
    return data.x_train[rows].astype(float), data.y_train[rows].astype(int)


def first_weights():
    """Return the weights with which the server begins."""
    return mlp.init([64, 16, 10], np.random.default_rng(1))


def packed(params):
    """Return weights and biases as Flower sends them."""
    return ArrayRecord([*params[0], *params[1]])


def unpacked(record):
    """Return what was packed, as weights and biases."""
    arrays = record.to_numpy_ndarrays()
    return arrays[: len(arrays) // 2], arrays[len(arrays) // 2 :]


@client.train()
def train(message: Message, context: Context):
    """Train one client on its shard."""
    x, labels = shard(int(context.node_config["partition-id"]))
    params = federated.local_update(
        unpacked(message.content["arrays"]),
        x,
        labels,
        rng=np.random.default_rng(0),
        **SETTINGS,
    )
    numbers = MetricRecord({"num-examples": len(x)})
    content = RecordDict({"arrays": packed(params), "metrics": numbers})
    return Message(content=content, reply_to=message)


@server.main()
def main(grid: Grid, context: Context):
    """Average what the clients send, and store the last weights."""
    n_clients = len(ENDS) - 1
    strategy = FedAvg(
        fraction_train=1.0,
        fraction_evaluate=0.0,
        min_train_nodes=n_clients,
        min_available_nodes=n_clients,
    )
    result = strategy.start(
        grid=grid, initial_arrays=packed(first_weights()), num_rounds=ROUNDS
    )
    np.savez(sys.argv[1], *result.arrays.to_numpy_ndarrays())


if __name__ == "__main__":
    run_simulation(
        server_app=server,
        client_app=client,
        num_supernodes=len(ENDS) - 1,
        backend_config={
            "client_resources": {"num_cpus": 1, "num_gpus": 0.0},
            "init_args": {"include_dashboard": False, "num_cpus": 2},
        },
    )
