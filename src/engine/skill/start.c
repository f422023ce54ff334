/* start.c - files to begin with. Each validates as it is, which a test holds. */
#include "src/engine/skill/skill_priv.h"

static const char yaml_text[] =
    "id: @\n"
    "name: @\n"
    "description: What it is for, in a sentence.\n"
    "version: 0.1.0\n"
    "# Words that `runbook skill search` and suggestions find it by.\n"
    "tags: [host]\n"
    "triggers: [\"disk full\"]\n"
    "# read, low, medium, high, critical; it is raised to that of the riskiest step.\n"
    "risk_level: read\n"
    "parameters:\n"
    "  - name: host\n"
    "    description: The machine; local, or a name for ssh.\n"
    "    type: string # or number, integer, boolean, array\n"
    "    default: local\n"
    "steps:\n"
    "  # A tool reads: runbook catalogue tools.\n"
    "  - id: look\n"
    "    name: Look at the machine\n"
    "    action: host_snapshot\n"
    "    parameters:\n"
    "      host: \"{{host}}\"\n"
    "    on_error: retry # or continue, abort\n"
    "    max_retries: 2\n"
    "  # A person is asked. A goto is a step, end or abort.\n"
    "  - id: sure\n"
    "    question: Go on?\n"
    "    condition: steps.look.status == \"done\"\n"
    "    options:\n"
    "      - label: go on\n"
    "        goto: settle\n"
    "      - label: leave it\n"
    "        goto: end\n"
    "  # An operation changes something: runbook act --list. It is planned, judged and approved.\n"
    "  # - id: restart\n"
    "  #   action: host.unit.restart\n"
    "  #   parameters:\n"
    "  #     host: \"{{host}}\"\n"
    "  #     unit: nginx.service\n"
    "  - id: settle\n"
    "    name: Let it settle\n"
    "    wait: 1s\n";

static const char markdown_text[] =
    "---\n"
    "name: @\n"
    "description: What it is for, in a sentence.\n"
    "version: 0.1.0\n"
    "tags: [review]\n"
    "---\n"
    "# @\n"
    "\n"
    "What a language model is asked. It sees what the session has found; without a model this "
    "text\n"
    "is shown. Write what to look at, in which order, and what the answer has to hold.\n";

static const char sop_text[] =
    "apiVersion: sop/v1\n"
    "kind: StandardOperatingProcedure\n"
    "metadata:\n"
    "  name: @\n"
    "  category: host\n"
    "  severity: low # of the incident; the risk follows from the steps\n"
    "  estimatedTime: 5m\n"
    "spec:\n"
    "  trigger:\n"
    "    type: alert\n"
    "    conditions:\n"
    "      - {metric: node_load1, threshold: \"> 8\", duration: 5m}\n"
    "  steps:\n"
    "    - name: Look\n"
    "      type: diagnostic # a tool and its parameters\n"
    "      command: host_snapshot host=local\n"
    "    - name: Ask\n"
    "      type: approval\n"
    "      question: Wait a moment and look again?\n"
    "      options:\n"
    "        - {label: \"yes\", goto: Wait}\n"
    "        - {label: \"no\", goto: end}\n"
    "    - name: Wait\n"
    "      type: wait\n"
    "      duration: 5s\n"
    "    # - name: Restart\n"
    "    #   type: action # an operation (runbook act --list), or a command line\n"
    "    #   command: host.unit.restart unit=nginx.service\n"
    "    - name: Look again\n"
    "      type: diagnostic\n"
    "      command: host_snapshot host=local\n";

void skill_template(enum skill_format format, const char *id, struct buf *out)
{
    const char *text = format == SKILL_YAML       ? yaml_text
                       : format == SKILL_MARKDOWN ? markdown_text
                                                  : sop_text;

    for (; *text; text++) {
        if (*text == '@')
            buf_adds(out, id);
        else
            buf_addc(out, *text);
    }
}
