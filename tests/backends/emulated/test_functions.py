"""Functions: the owner's code in a process of its region, with its role, its limits and its second chances."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.backends.emulated.conftest import site_resolver
from ziggie_harness.backends.emulated.alerting.alerting import Alerting
from ziggie_harness.backends.emulated.caller_permissions import CallerPermissions
from ziggie_harness.backends.emulated.cloud import Cloud
from ziggie_harness.backends.emulated.functions.functions import Functions
from ziggie_harness.backends.emulated.functions.runner import RUNTIME, Ground
from ziggie_harness.backends.emulated.moto_state import warm_up
from ziggie_harness.backends.emulated.permissions import Permissions
from ziggie_harness.backends.emulated.secrets_manager import EmulatedSecretsManager
from ziggie_harness.backends.emulated.secrets_overlay import SecretsApi
from ziggie_harness.drill.stage import DATA
from ziggie_harness.emulation.eventbridge.permissions import EVENTS
from ziggie_harness.emulation.secretsmanager.rotation import STEPS
from ziggie_harness.kernel.clock_link import ClockServer
from ziggie_harness.kernel.processes import ForkServer, Supervisor
from ziggie_harness.kernel.runs import Run
from ziggie_harness.lab.sites import DNS_HOST, site_named
from ziggie_harness.lab.trust import Trust
from ziggie_harness.model.function_events import FunctionEnded, FunctionGivenUp, FunctionStarted
from ziggie_harness.model.history import CallMade
from ziggie_harness.ports import CLIENTS

if TYPE_CHECKING:
    from tests.backends.emulated.conftest import Bench
    from ziggie_harness.lab.certificates import CertificateAuthority

REGION = "eu-west-1"

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@dataclass(frozen=True, slots=True)
class Shop:
    """AWS with functions, and what a test needs of it."""

    bench: Bench
    cloud: Cloud

    def client(self, service: str, region: str = REGION) -> Any:  # noqa: ANN401 - boto3 makes its classes late
        """Return a client of a service, calling from outside every region."""
        return self.cloud.clients.client(service, region, CLIENTS)

    def role(self, *allowed: str) -> str:
        """Make a role that Lambda can take on, allowed some actions; return its ARN."""
        iam = self.client("iam", "us-east-1")
        made = iam.create_role(RoleName="failover", AssumeRolePolicyDocument=json.dumps(TRUST))
        if allowed:
            statement = {"Effect": "Allow", "Action": list(allowed), "Resource": "*"}
            document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            iam.put_role_policy(RoleName="failover", PolicyName="inline", PolicyDocument=document)
        arn: str = made["Role"]["Arn"]
        return arn

    def deploy(self, source: str, *allowed: str, **members: object) -> str:
        """Deploy a function of one file; return its ARN."""
        settings: dict[str, Any] = {
            "FunctionName": "failover",
            "Runtime": "python3.12",
            "Handler": "lambda_function.lambda_handler",
            "Role": self.role(*allowed),
            "Code": {"ZipFile": archive(source)},
            **members,
        }
        arn: str = self.client("lambda").create_function(**settings)["FunctionArn"]
        return arn

    def answer(self, event: object = None, **members: str) -> tuple[Any, Any]:
        """Invoke it and return its answer and what Lambda says of it."""
        told = self.client("lambda").invoke(FunctionName="failover", Payload=json.dumps(event), **members)
        return json.loads(told["Payload"].read() or "null"), told

    def events(self, kind: type[Any]) -> list[tuple[float, Any]]:
        """Return the recorded events of a kind, each with its time."""
        return [*self.bench.journal.history().of_kind(kind)]


def archive(source: str) -> bytes:
    """Zip a file of code."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("lambda_function.py", source)
    return packed.getvalue()


@pytest.fixture(scope="module")
def nursery() -> Iterator[ForkServer]:
    """Start what functions are forked from."""
    made = ForkServer([RUNTIME])
    yield made
    made.close()


@pytest.fixture
def shop(bench: Bench, certificates: CertificateAuthority, nursery: ForkServer, tmp_path: Path) -> Iterator[Shop]:
    """Build AWS with functions on the lab's network."""
    warm_up().join()
    with ExitStack() as stack:
        run = stack.enter_context(Run(tmp_path / "state"))
        supervisor = stack.enter_context(Supervisor(run))
        link = stack.enter_context(ClockServer(bench.clock, run.directory / "clock"))
        stack.enter_context(site_resolver(bench.clock, bench.network, REGION))
        resolv_conf = tmp_path / "resolv.conf"
        resolv_conf.write_text(f"nameserver {site_named(REGION).host(DNS_HOST)}\n")
        ground = Ground(
            bench.clock, bench.network, supervisor, link, certificates, lambda _: resolv_conf, nursery,
            run.directory / "functions", tmp_path,
        )  # fmt: skip
        functions = Functions(ground, bench.journal)
        alerting = Alerting(
            bench.clock, bench.network, bench.journal, trust=Trust(certificates.client_context()),
            certificates=certificates, gateway=lambda region: cloud.gateway.place(region),  # noqa: PLW0108 - made below
            clients=lambda: cloud.clients, receivers={}, functions=functions.invocations,
        )  # fmt: skip
        functions.invocations.publish_by(lambda: alerting.topics)
        permissions = Permissions("kms")
        manager = EmulatedSecretsManager(bench.clock, bench.network, bench.journal, permissions.key_obstacle, {})
        stack.enter_context(manager)
        secrets_api = SecretsApi(manager, permissions, functions.invocations)
        cloud = Cloud(
            bench.clock, bench.network, bench.journal, certificates, bench.network.site_of,
            overlays=(CallerPermissions(permissions), secrets_api, *functions.overlays, *alerting.overlays),
        )  # fmt: skip
        stack.enter_context(cloud)
        stack.enter_context(functions)
        stack.enter_context(alerting)
        yield Shop(bench, cloud)


def test_a_handler_answers_with_its_settings_and_its_own_region(shop: Shop) -> None:
    """It runs as it is: real boto3, the region's name, its environment, its context, and print goes to the log."""
    shop.deploy(
        """
import os, boto3
def lambda_handler(event, context):
    print("hello from", os.environ["AWS_REGION"])
    who = boto3.client("sts").get_caller_identity()["Arn"]
    return [event["asked"], os.environ["OWN"], context.function_name, context.get_remaining_time_in_millis() > 0, who]
""",
        Environment={"Variables": {"OWN": "mine"}},
        Timeout=60,
    )
    answer, told = shop.answer({"asked": 7}, LogType="Tail")
    assert answer == [7, "mine", "failover", True, "arn:aws:sts::123456789012:assumed-role/failover/failover"]
    assert (told["StatusCode"], told["ExecutedVersion"], "FunctionError" in told) == (200, "$LATEST", False)
    [(_, call)] = [(at, call) for at, call in shop.events(CallMade) if call.operation == "GetCallerIdentity"]
    assert (call.caller, call.role) == (REGION, "arn:aws:sts::123456789012:assumed-role/failover/failover")


SLEEPY = """
import time
def lambda_handler(event, context):
    began = time.monotonic()
    time.sleep(event)
    return round(time.monotonic() - began), context.get_remaining_time_in_millis() // 1000
"""


def test_it_sleeps_on_the_drills_clock(shop: Shop) -> None:
    """Ten minutes of sleep are idleness that is skipped, and its own time agrees."""
    shop.deploy(SLEEPY, Timeout=900)
    skipped = shop.bench.clock.skipped_seconds
    assert shop.answer(600, InvocationType="Event")[1]["StatusCode"] == 202
    shop.bench.clock.sleep(650)
    [(_, ended)] = shop.events(FunctionEnded)
    slept, left = json.loads(ended.result)
    assert 600 <= slept < 630
    assert 270 < left <= 300
    assert shop.bench.clock.skipped_seconds - skipped > 590


def test_it_is_ended_at_its_timeout(shop: Shop) -> None:
    """Three seconds where nobody says otherwise, in Lambda's words."""
    shop.deploy(SLEEPY)
    answer, told = shop.answer(600)
    assert told["FunctionError"] == "Unhandled"
    assert answer["errorType"] == "Sandbox.Timedout"
    assert answer["errorMessage"].endswith("Error: Task timed out after 3.00 seconds")
    [(_, ended)] = shop.events(FunctionEnded)
    assert "line 5 in lambda_handler" in ended.log_tail


@pytest.mark.parametrize(
    ("source", "kind", "words"),
    [
        ("def lambda_handler(e, c): return ZONE_ID", "NameError", "name 'ZONE_ID' is not defined"),
        ("def lambda_handler(e, c): return e['detail']", "KeyError", "'detail'"),
        ("import nowhere", "Runtime.ImportModuleError", "Unable to import module 'lambda_function': No module named"),
        ("def other(e, c): ...", "Runtime.HandlerNotFound", "Handler 'lambda_handler' missing on module"),
        ("def lambda_handler(e, c)", "Runtime.UserCodeSyntaxError", "Syntax error in module 'lambda_function'"),
        ("def lambda_handler(e, c): return {1, 2}", "Runtime.MarshalError", "Unable to marshal response"),
        ("def lambda_handler(e, c): return len(bytearray(1 << 30))", "Runtime.ExitError", "signal: killed"),
        ("import os\ndef lambda_handler(e, c): os._exit(3)", "Runtime.ExitError", "exit status 3"),
    ],
)
def test_an_error_is_told_as_lambda_tells_it(shop: Shop, source: str, kind: str, words: str) -> None:
    """Errors of the code, of its loading, of what it returns, and of too little memory (128 MB)."""
    shop.deploy(source, Timeout=60)
    answer, told = shop.answer({})
    assert (answer["errorType"], told["FunctionError"]) == (kind, "Unhandled")
    assert words in answer["errorMessage"]


def test_its_role_decides_what_it_may_call(shop: Shop) -> None:
    """The same call is taken with a permission and refused without one, in AWS's words."""
    shop.deploy(
        """
import boto3
def lambda_handler(event, context):
    boto3.client("sns").list_topics()
    boto3.client("cloudwatch").describe_alarms()
""",
        "sns:ListTopics",
        Timeout=60,
    )
    answer, _ = shop.answer({})
    assert answer["errorType"] == "ClientError"
    assert "is not authorized to perform: cloudwatch:DescribeAlarms on resource: *" in answer["errorMessage"]
    calls = [(call.operation, call.error) for _, call in shop.events(CallMade) if call.role]
    assert calls == [("ListTopics", ""), ("DescribeAlarms", "AccessDenied")]


def test_a_failed_event_is_tried_twice_more_and_buried(shop: Shop) -> None:
    """One minute, then two; then the queue gets the event and the topic a record, if the role may send them."""
    queue = shop.client("sqs").create_queue(QueueName="letters")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:123456789012:letters"
    shop.deploy(
        "def lambda_handler(e, c): raise RuntimeError('no')", "sqs:SendMessage", DeadLetterConfig={"TargetArn": arn},
        Timeout=60,
    )  # fmt: skip
    shop.answer({"number": 1}, InvocationType="Event")
    shop.bench.clock.sleep(300)
    started, ended = ([at for at, _ in shop.events(kind)] for kind in (FunctionStarted, FunctionEnded))
    waits = [later - earlier for earlier, later in zip(ended, started[1:], strict=False)]
    assert [60 <= waits[0] < 75, 120 <= waits[1] < 135] == [True, True]
    [(_, given_up)] = shop.events(FunctionGivenUp)
    assert (given_up.attempts, given_up.reason, given_up.told, given_up.refusal) == (3, "RetriesExhausted", arn, "")
    [letter] = shop.client("sqs").receive_message(QueueUrl=queue, MessageAttributeNames=["All"])["Messages"]
    assert json.loads(letter["Body"]) == {"number": 1}
    assert letter["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no"


def test_a_destination_gets_a_record(shop: Shop) -> None:
    """A topic is told why, of which request, and what the function said."""
    shop.client("sqs").create_queue(QueueName="records")
    arn = f"arn:aws:sqs:{REGION}:123456789012:records"
    shop.deploy("def lambda_handler(e, c): raise RuntimeError('no')", "sqs:SendMessage", Timeout=60)
    shop.client("lambda").put_function_event_invoke_config(
        FunctionName="failover", MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    shop.answer({"number": 1}, InvocationType="Event")
    shop.bench.clock.sleep(30)
    url = shop.client("sqs").get_queue_url(QueueName="records")["QueueUrl"]
    [letter] = shop.client("sqs").receive_message(QueueUrl=url)["Messages"]
    record = json.loads(letter["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert (record["requestPayload"], record["responsePayload"]["errorType"]) == ({"number": 1}, "RuntimeError")


def test_a_role_that_may_not_send_buries_nothing(shop: Shop) -> None:
    """What is given up is lost, and the history says so."""
    shop.client("sqs").create_queue(QueueName="letters")
    arn = f"arn:aws:sqs:{REGION}:123456789012:letters"
    shop.deploy("import nowhere", DeadLetterConfig={"TargetArn": arn}, Timeout=60)
    shop.client("lambda").put_function_event_invoke_config(FunctionName="failover", MaximumRetryAttempts=0)
    shop.answer({}, InvocationType="Event")
    shop.bench.clock.sleep(30)
    [(_, given_up)] = shop.events(FunctionGivenUp)
    assert "the role failover is not authorized to perform sqs:SendMessage" in given_up.refusal


def test_a_rule_reaches_it_once_its_policy_lets_events_in(shop: Shop) -> None:
    """Without add-permission EventBridge is refused (defect G05); with it the function gets the event."""
    arn = shop.deploy("def lambda_handler(e, c): return e['detail-type']", Timeout=60)
    events = shop.client("events")
    events.put_rule(Name="rule", EventPattern=json.dumps({"source": ["ziggie.test"]}))
    events.put_targets(Rule="rule", Targets=[{"Id": "1", "Arn": arn}])
    entry = {"Source": "ziggie.test", "DetailType": "asked", "Detail": "{}"}
    events.put_events(Entries=[entry])
    shop.bench.clock.sleep(30)
    assert shop.events(FunctionStarted) == []
    shop.client("lambda").add_permission(
        FunctionName="failover", StatementId="events", Action="lambda:InvokeFunction", Principal=EVENTS
    )
    events.put_events(Entries=[entry])
    shop.bench.clock.sleep(30)
    [(_, started)], [(_, ended)] = shop.events(FunctionStarted), shop.events(FunctionEnded)
    assert (started.invoked_by, ended.result) == (EVENTS, '"asked"')


def test_code_and_settings_change(shop: Shop) -> None:
    """The next invocation runs what was deployed last; a policy is read back as it was made."""
    shop.deploy("def lambda_handler(e, c): return 1", Timeout=60)
    functions = shop.client("lambda")
    functions.update_function_code(
        FunctionName="failover", ZipFile=archive("def other(e, c): return c.memory_limit_in_mb")
    )
    functions.update_function_configuration(FunctionName="failover", Handler="lambda_function.other", MemorySize=256)
    assert shop.answer({})[0] == 256
    described = functions.get_function(FunctionName="failover")["Configuration"]
    assert (described["Handler"], described["Timeout"], described["Role"][-8:]) == (
        "lambda_function.other",
        60,
        "failover",
    )
    functions.add_permission(
        FunctionName="failover", StatementId="one", Action="lambda:InvokeFunction", Principal=EVENTS,
        SourceArn=f"arn:aws:events:{REGION}:123456789012:rule/rule",
    )  # fmt: skip
    [statement] = json.loads(functions.get_policy(FunctionName="failover")["Policy"])["Statement"]
    assert statement["Condition"] == {"ArnLike": {"AWS:SourceArn": f"arn:aws:events:{REGION}:123456789012:rule/rule"}}
    functions.remove_permission(FunctionName="failover", StatementId="one")
    functions.delete_function(FunctionName="failover")
    assert functions.list_functions()["Functions"] == []


def test_a_dark_region_is_a_dark_function(shop: Shop) -> None:
    """Nobody outside reaches it, and what it asks of another region finds no way."""
    shop.deploy(
        """
import boto3
from botocore.config import Config
SETTINGS = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 1})
def lambda_handler(event, context):
    boto3.client("route53", config=SETTINGS).list_hosted_zones()
""",
        "route53:*",
        Timeout=60,
    )
    assert shop.answer({})[0] is None
    shop.answer({}, InvocationType="Event")
    with shop.bench.network.isolated(REGION):
        shop.bench.clock.sleep(1)
        with pytest.raises(Exception, match="Connect timeout"):
            shop.answer({})
    assert [ended.error_type for _, ended in shop.events(FunctionEnded)] == ["", "ConnectTimeoutError"]


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"FunctionName": "failover"}, "ResourceConflictException"),
        ({"FunctionName": "other", "Role": "arn:aws:iam::123456789012:role/none"}, "InvalidParameterValueException"),
    ],
)
def test_what_lambda_refuses_by_what_there_is(shop: Shop, members: dict[str, Any], code: str) -> None:
    """A second function of a name, and a role that Lambda cannot take on."""
    shop.deploy("")
    role = "arn:aws:iam::123456789012:role/failover"
    settings = {"Runtime": "python3.12", "Handler": "a.b", "Role": role, "Code": {"ZipFile": archive("")}, **members}
    with pytest.raises(ClientError) as error:
        shop.client("lambda").create_function(**settings)
    assert error.value.response["Error"]["Code"] == code


def test_a_rule_invokes_it_at_a_rate(shop: Shop) -> None:
    """Every five minutes while the rule is there, the first time five minutes after it was made."""
    arn = shop.deploy("def lambda_handler(e, c): return e['detail-type']", Timeout=60)
    shop.client("lambda").add_permission(
        FunctionName="failover", StatementId="events", Action="lambda:InvokeFunction", Principal=EVENTS
    )
    events = shop.client("events")
    events.put_rule(Name="rule", ScheduleExpression="rate(5 minutes)")
    events.put_targets(Rule="rule", Targets=[{"Id": "1", "Arn": arn}])
    shop.bench.clock.sleep(650)
    events.disable_rule(Name="rule")
    shop.bench.clock.sleep(600)
    first, second = (at for at, _ in shop.events(FunctionStarted))
    assert 299 < second - first < 330
    assert {ended.result for _, ended in shop.events(FunctionEnded)} == {'"Scheduled Event"'}


def rotating(shop: Shop, *, let_in: bool, allowed: str = "secretsmanager:*") -> Any:  # noqa: ANN401 - boto3 makes its classes late
    """Make a secret and deploy the owner's rotation function; return a client of Secrets Manager."""
    source = (DATA / "functions" / "rotation" / "lambda_function.py").read_text(encoding="utf-8")
    shop.deploy(source, allowed, Timeout=60)
    if let_in:
        shop.client("lambda").add_permission(
            FunctionName="failover", StatementId="s", Action="lambda:InvokeFunction",
            Principal="secretsmanager.amazonaws.com",
        )  # fmt: skip
    client = shop.client("secretsmanager")
    client.create_secret(Name="key", SecretString="first")
    return client


FUNCTION = f"arn:aws:lambda:{REGION}:123456789012:function:failover"


def test_a_function_rotates_a_secret_in_four_steps(shop: Shop) -> None:
    """It gives the pending version a value and moves the label itself; a second rotation needs no ARN.

    Source: Secrets Manager user guide, "Lambda rotation functions".
    """
    client = rotating(shop, let_in=True)
    begun = client.rotate_secret(
        SecretId="key", RotationLambdaARN=FUNCTION, RotationRules={"AutomaticallyAfterDays": 30}
    )
    shop.bench.clock.sleep(60)
    now = client.get_secret_value(SecretId="key")
    assert (now["VersionId"], now["SecretString"] != "first") == (begun["VersionId"], True)
    assert client.get_secret_value(SecretId="key", VersionStage="AWSPREVIOUS")["SecretString"] == "first"
    started = [event for _, event in shop.events(FunctionStarted)]
    assert [json.loads(event.event)["Step"] for event in started] == list(STEPS)
    assert {event.invoked_by for event in started} == {"secretsmanager.amazonaws.com"}
    told = client.describe_secret(SecretId="key")
    assert (told["RotationEnabled"], told["RotationLambdaARN"]) == (True, FUNCTION)
    assert client.rotate_secret(SecretId="key")["VersionId"] != begun["VersionId"]


def test_a_function_that_does_not_let_secrets_manager_in_does_not_rotate(shop: Shop) -> None:
    """Source: Secrets Manager user guide, "Permissions for rotation"."""
    client = rotating(shop, let_in=False)
    with pytest.raises(ClientError, match=r"AccessDeniedException.*Ensure that the function policy grants access"):
        client.rotate_secret(SecretId="key", RotationLambdaARN=FUNCTION)
    assert "RotationEnabled" not in client.describe_secret(SecretId="key")


def test_a_rotation_that_fails_leaves_the_old_value_and_blocks_the_next(shop: Shop) -> None:
    """Here the function's role may not put a value. Source: Secrets Manager API reference, RotateSecret."""
    client = rotating(shop, let_in=True, allowed="secretsmanager:DescribeSecret")
    client.rotate_secret(SecretId="key", RotationLambdaARN=FUNCTION)
    shop.bench.clock.sleep(60)
    [(_, ended)] = shop.events(FunctionEnded)
    assert "is not authorized to perform: secretsmanager:GetSecretValue" in ended.error
    assert client.get_secret_value(SecretId="key")["SecretString"] == "first"
    with pytest.raises(ClientError, match="A previous rotation isn't complete"):
        client.rotate_secret(SecretId="key")
