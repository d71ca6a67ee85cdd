"""The client that astron's source documentation shows, with the requests library replaced by Python's own urllib.

Usage: astron_client.py BASE_URL APP_ID FLOW_ID stream|single
"""

import json
import sys
import urllib.request

base_url, app_id, flow_id, mode = sys.argv[1:]
stream = mode == "stream"

headers = {
    "x_consumer_username": app_id,
    "Content-Type": "application/json",
}

request_body = {
    "flow_id": flow_id,
    "uid": "user_67890",
    "stream": stream,
    "ext": {},
    "parameters": {
        "temperature": 0.7,
        "max_tokens": 1000,
    },
    "chat_id": "chat_001",
    "history": [
        {"role": "user", "content": "你好"},
        {"role": "assistant", "content": "你好！有什么可以帮助你的吗？"},
    ],
}

request = urllib.request.Request(
    base_url + "/workflow/v1/chat/completions",
    data=json.dumps(request_body).encode("utf-8"),
    headers=headers,
    method="POST",
)

with urllib.request.urlopen(request, timeout=30) as response:
    if not stream:
        if response.status == 200:
            result = json.load(response)
            print("响应:", json.dumps(result))
        else:
            print("错误:", response.status, response.read().decode("utf-8"))
    else:
        for line in response:
            line = line.rstrip(b"\r\n")
            if line:
                decoded_line = line.decode("utf-8")
                if decoded_line.startswith("data:"):
                    data = decoded_line[5:].strip()
                    if data != "[DONE]":
                        try:
                            json_data = json.loads(data)
                            print("流式数据:", json.dumps(json_data))
                        except json.JSONDecodeError:
                            print("无法解析JSON:", data)
